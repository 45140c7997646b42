//! The digest that `cargo xtask test` compares with the one of the wasm module.

#[test]
fn the_kept_digest_is_the_one_of_this_engine() {
    let digest = format!("{:016x}\n", engine::sim::six_node_digest(1));
    // After a change of the engine: UPDATE_EXPECT=1 cargo test -p engine --test digest
    expect_test::expect_file!["../examples/digest.txt"].assert_eq(&digest);
}
