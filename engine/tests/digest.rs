//! The digest that `cargo xtask test` compares with the one of the wasm module.

#[test]
fn the_kept_digest_is_the_one_of_this_engine() {
    let digest = format!("{:016x}\n", engine::sim::six_node_digest(1));
    let kept = include_str!("../examples/digest.txt");
    assert_eq!(
        digest, kept,
        "the engine sends other bytes than before: if that was meant, this is \
                              the new content of engine/examples/digest.txt"
    );
}
