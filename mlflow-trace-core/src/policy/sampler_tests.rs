//! Whether all processes choose the same traces.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

#[test]
fn one_records_all_and_zero_none() {
    assert!(Sampler::new(1.0).samples(u64::MAX));
    assert!(!Sampler::new(0.0).samples(0));
}

#[test]
fn a_ratio_splits_the_ids() {
    let half = Sampler::new(0.5);
    assert!(half.samples(u64::MAX / 2 - 1));
    assert!(!half.samples(u64::MAX / 2 + 2));
}

proptest! {
    #[test]
    fn two_processes_with_one_ratio_choose_the_same_and_a_larger_ratio_keeps_what_a_smaller_keeps(
        id: u64, ratio in 0.0..=1.0_f64, other in 0.0..=1.0_f64
    ) {
        prop_assert_eq!(Sampler::new(ratio).samples(id), Sampler::new(ratio).samples(id));
        let (smaller, larger) = (ratio.min(other), ratio.max(other));
        prop_assert!(!Sampler::new(smaller).samples(id) || Sampler::new(larger).samples(id));
    }

    #[test]
    fn the_share_is_that_of_the_ids(ratio in 0.0..=1.0_f64) {
        let sampler = Sampler::new(ratio);
        let kept = (0..4096_u64).filter(|number| sampler.samples(number << 52 | 7)).count();
        prop_assert!((kept as f64 / 4096.0 - ratio).abs() < 0.001, "{} of 4096", kept);
    }
}

/// Python's own sampler decides the same ids, with those at the very edge of each ratio among them.
#[test]
fn python_chooses_the_same_traces() {
    let ratios = [0.0, 1e-18, 0.001, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.9, 0.999_999_9, 1.0];
    let script = "import json, sys
from mlflow.tracing.sampling import _MlflowSampler
ratios, ids = json.loads(sys.argv[1])
answers = [[_MlflowSampler(ratio).should_sample(None, id, 'name').decision.is_sampled() for id in ids] for ratio in ratios]
print(json.dumps(answers))";
    let edges = ratios.iter().flat_map(|ratio| {
        let edge = (ratio * 18_446_744_073_709_551_616.0) as u64;
        [edge.saturating_sub(1), edge, edge.saturating_add(1)]
    });
    let ids: Vec<u64> = edges.chain((0..200).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python");
    assert!(python.exists(), "run `bash tests/run` once: it makes target/venv");
    let asked = serde_json::to_string(&(ratios, &ids)).unwrap();
    let ran = Command::new(python).args(["-c", script, &asked]).env("DO_NOT_TRACK", "true").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let answers: Vec<Vec<bool>> = serde_json::from_slice(&ran.stdout).unwrap();
    let ours: Vec<Vec<bool>> =
        ratios.iter().map(|ratio| ids.iter().map(|id| Sampler::new(*ratio).samples(*id)).collect()).collect();
    assert_eq!(ours, answers);
}
