//! A disk queue that can't be written or read: said clearly, skipped safely, and the program goes on as ever.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fan_out::dead_address;
use crate::program::{Reported as _, sends, tool};
use crate::support::{Folder, Process, Ran, Receiver, rust_program_path};

/// The program in a mount namespace of its own, after this piece of script; needs no rights.
fn with_mounts(folder: &Folder, address: &str, script: &str, steps: &[&str]) -> Process {
    let unshare = Process::new(Path::new("/usr/bin/unshare")).arg("--map-root-user").arg("--mount");
    let shell = unshare.arg("sh").arg("-ec").arg(script).arg(rust_program_path("sends"));
    let shell = steps.iter().fold(shell, Process::arg).within(folder.path());
    shell
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"))
        .env("OTEL_METRICS_EXPORTER", "none")
}

/// The one file of the queue.
fn queue_file(folder: &Folder) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(folder.file("spool"))
        .unwrap()
        .flat_map(|destination| fs::read_dir(destination.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "spool"))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Leaves so many traces in the queue of the folder.
fn leave(folder: &Folder, address: &str, traces: u64) {
    let steps = [&format!("send={traces}"), "flush"];
    let ran = sends(folder, &steps).env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")).run();
    assert_eq!(ran.untouched(traces).number("spooled"), traces * 5);
}

/// Every span is accounted for when the program has ended: on disk, or lost, counted and said.
#[track_caller]
fn assert_loss_is_said(ran: &Ran, spans: u64) {
    let said = ran.sentences();
    let lost: Vec<&&str> = said.iter().filter(|line| line.contains(" lost so far")).collect();
    assert!(
        lost.iter().any(|line| line.contains(&format!(" {spans} spans are lost"))),
        "{spans} lost\n{ran}"
    );
}

#[test]
fn a_full_disk_is_said_and_what_fits_is_delivered_later() {
    let folder = Folder::new("delivery-disk-full");
    for name in ["spool", "kept"] {
        fs::create_dir(folder.file(name)).unwrap();
    }
    let address = dead_address();
    let script = "mount -t tmpfs -o size=1m tmpfs spool; \"$0\" \"$@\"; cp -r spool/. kept/";
    let steps = ["bytes=20000", "pause=5", "send=100", "flush", "stats"];
    let ran = with_mounts(&folder, &address, script, &steps).run().untouched(100);
    let said = ran.sentences().join("\n");
    assert!(said.contains("disk is full") && said.contains("MLFLOW_TRACE_SPOOL_DIRECTORY"), "{ran}");
    let stats = ran.destination(0);
    let on_disk = stats["spooled_traces"].as_u64().unwrap();
    assert!((10..100).contains(&on_disk), "{on_disk} of 100 traces of 20 kB on a disk of 1 MiB\n{ran}");
    // The others waited in memory until the program ended.
    assert_eq!(stats["queued_traces"].as_u64().unwrap(), 100 - on_disk, "{ran}");
    assert_loss_is_said(&ran, (100 - on_disk) * 5);
    let receiver = Receiver::at(&address);
    let next = sends(&folder, &["send=1", "until-empty=20000"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("kept"));
    next.run().untouched(1);
    receiver.assert_has_once(on_disk as usize + 1);
}

#[test]
fn a_queue_that_can_t_be_written_is_said_and_does_no_harm_beside_a_destination_that_is_well() {
    let script = "mount --bind spool spool; mount -o remount,ro,bind spool; exec \"$0\" \"$@\"";
    let steps = ["send=20", "flush", "stats"];
    let folder = Folder::new("delivery-disk-read-only");
    fs::create_dir(folder.file("spool")).unwrap();
    let ran = with_mounts(&folder, &dead_address(), script, &steps).run().untouched(20);
    let said = ran.sentences().join("\n");
    assert!(said.contains("can't be written") && said.contains("MLFLOW_TRACE_SPOOL_DIRECTORY"), "{ran}");
    assert_eq!(ran.number("spooled"), 0, "{ran}");
    assert_loss_is_said(&ran, 100);
    let receiver = Receiver::willing();
    let ran =
        with_mounts(&folder, &receiver.server.address().to_string(), script, &steps).run().untouched(20);
    receiver.assert_has_once(20);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (100, 0), "{ran}");
}

#[test]
fn a_process_that_may_write_only_small_files_goes_on() {
    let folder = Folder::new("delivery-disk-file-size");
    let address = dead_address();
    // 64 blocks of 512 bytes, and no signal for what goes beyond.
    let script = "ulimit -f 64; trap '' XFSZ; exec \"$0\" \"$@\"";
    let shell = Process::new(Path::new("sh")).arg("-ec").arg(script).arg(rust_program_path("sends"));
    let steps = ["bytes=10000", "send=20", "flush", "stats"];
    let ran = steps.iter().fold(shell, Process::arg).within(folder.path());
    let ran = ran
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"))
        .env("OTEL_METRICS_EXPORTER", "none")
        .run()
        .untouched(20);
    let said = ran.sentences().join("\n");
    assert!(said.contains("disk is full"), "{ran}");
    let stats = ran.destination(0);
    let counted = stats["spooled_traces"].as_u64().unwrap() + stats["queued_traces"].as_u64().unwrap();
    assert_eq!(counted, 20, "{ran}");
}

#[test]
fn a_damaged_queue_gives_what_is_whole_and_says_what_is_not() {
    let folder = Folder::new("delivery-disk-damaged");
    let address = dead_address();
    leave(&folder, &address, 20);
    let file = queue_file(&folder);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let receiver = Receiver::at(&address);
    let steps = ["send=1", "until-empty=20000", "flush", "stats"];
    let ran = sends(&folder, &steps).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run().untouched(1);
    let arrived = receiver.traces().len();
    assert!((19..=20).contains(&arrived), "{arrived} of 20 and a new one\n{ran}");
    assert!(ran.sentences().join("\n").contains("damaged"), "{ran}");
    let left = tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run().quiet(0);
    assert!(left.stdout.contains(": 0 traces delivered"), "{left}");
}

#[test]
fn a_queue_of_a_newer_version_is_left_alone_and_said() {
    let folder = Folder::new("delivery-disk-newer");
    let address = dead_address();
    leave(&folder, &address, 3);
    let file = queue_file(&folder);
    let mut bytes = fs::read(&file).unwrap();
    // The head: eight bytes of name, the version, and a checksum of both.
    bytes[8..12].copy_from_slice(&99_u32.to_le_bytes());
    let mut sum = flate2::Crc::new();
    sum.update(&bytes[..12]);
    bytes[12..16].copy_from_slice(&sum.sum().to_le_bytes());
    fs::write(&file, &bytes).unwrap();
    let receiver = Receiver::at(&address);
    let to = |steps: &[&str]| sends(&folder, steps).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    let ran = to(&["send=2", "until-empty=20000", "flush"]).run().untouched(2);
    receiver.assert_has_once(2);
    let said = ran.sentences();
    assert!(said.len() == 1 && said[0].contains("newer") && said[0].contains(".spool"), "{ran}");
    assert_eq!((ran.number("dropped"), ran.number("pending")), (0, 0), "{ran}");
    assert!(fs::read(queue_file(&folder)).unwrap() == bytes, "the file was touched");
    let drained = tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run();
    assert!(drained.stdout.contains("newer"), "{drained}");
}

#[test]
fn a_queue_of_nonsense_is_skipped_and_said() {
    let folder = Folder::new("delivery-disk-nonsense");
    let address = dead_address();
    leave(&folder, &address, 3);
    fs::write(queue_file(&folder), "this is my diary\n".repeat(500)).unwrap();
    let receiver = Receiver::at(&address);
    let ran = sends(&folder, &["send=2", "until-empty=20000", "flush"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .run()
        .untouched(2);
    receiver.assert_has_once(2);
    assert!(ran.sentences().join("\n").contains("damaged"), "{ran}");
}
