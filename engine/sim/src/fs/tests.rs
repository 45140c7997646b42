use super::*;

const T0: UnixMs = UnixMs(1_800_000_000_000);

fn later(ms: i64) -> UnixMs {
    UnixMs(T0.0 + ms)
}

#[test]
fn paths_are_resolved_like_a_shell_does() {
    assert_eq!(resolve("/opt/a", "../b/./c/"), "/opt/b/c");
    assert_eq!(resolve("/", ".."), "/");
    assert_eq!(resolve("/x", "/y//z"), "/y/z");
}

#[test]
fn unsynced_bytes_are_lost_with_the_power_and_synced_ones_are_not() {
    let mut fs = Fs::with_system_folders();
    fs.append("/tmp/aof", b"one ", T0).unwrap();
    fs.sync("/tmp/aof").unwrap();
    fs.append("/tmp/aof", b"two", later(10)).unwrap();
    fs.write("/tmp/never", b"x".to_vec(), later(10)).unwrap();
    assert_eq!(fs.read("/tmp/aof").unwrap(), b"one two");
    fs.power_loss(later(20));
    assert_eq!(fs.read("/tmp/aof").unwrap(), b"one ");
    assert_eq!(fs.read("/tmp/never"), Err(FsError::NotFound));
}

#[test]
fn the_kernel_writes_back_after_thirty_seconds() {
    let mut fs = Fs::with_system_folders();
    fs.write("/tmp/a", b"old".to_vec(), T0).unwrap();
    fs.write("/tmp/a", b"new".to_vec(), later(31_000)).unwrap();
    fs.power_loss(later(31_001));
    assert_eq!(fs.read("/tmp/a").unwrap(), b"old");
}

#[test]
fn an_overwritten_file_comes_back_as_it_was_synced() {
    let mut fs = Fs::with_system_folders();
    fs.replace("/tmp/nodes.conf", b"epoch 1".to_vec(), T0).unwrap();
    fs.write("/tmp/nodes.conf", b"torn".to_vec(), later(1)).unwrap();
    fs.power_loss(later(2));
    assert_eq!(fs.read("/tmp/nodes.conf").unwrap(), b"epoch 1");
}

#[test]
fn a_full_disk_refuses_and_keeps_the_old_content() {
    let mut fs = Fs::with_system_folders();
    fs.set_capacity(fs.used() + 4);
    fs.write("/tmp/a", b"1234".to_vec(), T0).unwrap();
    assert_eq!(fs.append("/tmp/a", b"5", T0), Err(FsError::Full));
    assert_eq!(fs.read("/tmp/a").unwrap(), b"1234");
}

#[test]
fn folders_list_move_and_refuse() {
    let mut fs = Fs::with_system_folders();
    assert_eq!(fs.make_dir("/data/redis", T0), Err(FsError::NotFound));
    fs.make_dirs("/data/redis/a", T0).unwrap();
    fs.write("/data/redis/a/f", b"x".to_vec(), T0).unwrap();
    fs.write("/data/redis-cli", b"x".to_vec(), T0).unwrap();
    assert_eq!(fs.list("/data").unwrap(), ["redis", "redis-cli"]);
    assert_eq!(fs.remove_dir("/data/redis"), Err(FsError::NotEmpty));
    fs.rename("/data/redis", "/opt/moved", T0).unwrap();
    assert_eq!(fs.read("/opt/moved/a/f").unwrap(), b"x");
    assert_eq!(fs.read("/opt/moved/a/f/g"), Err(FsError::NotDir));
    assert_eq!(fs.rename("/opt", "/opt/x", T0), Err(FsError::Invalid));
}

#[test]
fn what_is_used_is_what_the_files_hold_whatever_was_done() {
    let mut fs = Fs::with_system_folders();
    let held = |fs: &Fs| {
        let files = fs.below("/").filter_map(|(path, _)| fs.stat(path)).filter(|s| !s.is_dir);
        files.map(|s| s.len).sum::<u64>()
    };
    let steps: [fn(&mut Fs); 10] = [
        |fs| fs.write("/tmp/a", b"12345".to_vec(), T0).unwrap(),
        |fs| fs.append("/tmp/a", b"678", T0).unwrap(),
        |fs| fs.append("/tmp/b", b"new", T0).unwrap(),
        |fs| fs.write("/tmp/a", b"short".to_vec(), later(1)).unwrap(),
        |fs| fs.rename("/tmp/a", "/tmp/b", later(2)).unwrap(),
        |fs| fs.replace("/tmp/c", b"synced".to_vec(), later(3)).unwrap(),
        |fs| fs.tear("/tmp/c", 2),
        |fs| fs.write("/tmp/lost", b"unsynced".to_vec(), later(4)).unwrap(),
        |fs| fs.power_loss(later(5)),
        |fs| fs.remove_file("/tmp/c").unwrap(),
    ];
    for (n, step) in steps.into_iter().enumerate() {
        step(&mut fs);
        assert_eq!(fs.used(), held(&fs), "after step {n}");
    }
    fs.remove_all("/tmp").unwrap();
    assert_eq!(fs.used(), held(&fs));
    fs.set_capacity(fs.used() + 3);
    assert_eq!(fs.write("/root/d", b"four".to_vec(), later(6)), Err(FsError::Full));
    assert_eq!(fs.write("/root/d", b"for".to_vec(), later(6)), Ok(()));
}

#[test]
fn every_sync_makes_the_names_of_all_files_safe_not_only_the_first() {
    let mut fs = Fs::with_system_folders();
    fs.replace("/tmp/nodes.conf", b"one".to_vec(), T0).unwrap();
    for path in ["/tmp/early", "/tmp/late"] {
        fs.write(path, b"x".to_vec(), T0).unwrap();
        fs.replace("/tmp/nodes.conf", b"two".to_vec(), T0).unwrap();
    }
    fs.write("/tmp/never", b"x".to_vec(), T0).unwrap();
    fs.power_loss(later(1));
    assert_eq!(fs.list("/tmp").unwrap(), ["early", "late", "nodes.conf"]);
}
