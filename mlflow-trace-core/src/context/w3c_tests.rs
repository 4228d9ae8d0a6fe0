//! What headers of others mean, the specification's own cases and any bytes at all.

use proptest::prelude::*;

use super::*;

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const SPAN: u64 = 0x00f0_67aa_0ba9_02b7;

fn parent(flags: &str) -> String {
    format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}")
}

fn read(value: &str) -> Option<(u128, u64, bool)> {
    let TraceParent { trace_id, span_id, is_sampled } = TraceParent::read(value.as_bytes())?;
    Some((trace_id, span_id, is_sampled))
}

fn state(headers: &[&str]) -> Option<String> {
    read_state(headers.iter().map(|header| header.as_bytes()))
}

#[test]
fn only_the_last_bit_of_the_flags_says_whether_it_is_sampled() {
    for (flags, is_sampled) in [("01", true), ("00", false), ("03", true), ("02", false), ("ff", true)] {
        assert_eq!(read(&parent(flags)), Some((TRACE, SPAN, is_sampled)), "{flags}");
    }
}

#[test]
fn blanks_around_it_do_not_count() {
    assert_eq!(read(&format!(" \t{}\t ", parent("01"))), Some((TRACE, SPAN, true)));
}

#[test]
fn later_versions_are_read_as_far_as_they_are_known() {
    let later = parent("01").replacen("00", "cc", 1);
    for rest in ["", "-", "-what-the-future-brings"] {
        assert_eq!(read(&format!("{later}{rest}")), Some((TRACE, SPAN, true)), "{rest}");
    }
    assert_eq!(read(&format!("{later}.what")), None);
}

#[test]
fn what_is_not_as_it_should_be_is_nothing() {
    let good = parent("01");
    let wrong = [
        String::new(),
        "00".to_owned(),
        good.replacen("00", "ff", 1),
        good.to_uppercase(),
        format!("{good}-"),
        format!("{good}-more"),
        format!("{good}0"),
        format!("{good},{good}"),
        good[..54].to_owned(),
        good[1..].to_owned(),
        good.replace('-', "_"),
        good.replace("4bf9", "4bg9"),
        good.replace("4bf9", "4b 9"),
        good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        good.replace("00f067aa0ba902b7", &"0".repeat(16)),
        good.replace("-01", "-0x"),
        good.replace("-01", "-1"),
        good.replacen("00", "0x", 1),
        good.replace("00f067aa", "00f067ää"),
    ];
    for value in wrong {
        assert_eq!(read(&value), None, "{value}");
    }
}

#[test]
fn members_of_several_headers_are_one_list() {
    assert_eq!(state(&["a=1, b=2", "\tc=3 "]).as_deref(), Some("a=1,b=2,c=3"));
    assert_eq!(state(&["a=1,,", "", " ,b@c=x y"]).as_deref(), Some("a=1,b@c=x y"));
    assert_eq!(state(&[]), None);
    assert_eq!(state(&[" , "]), None);
}

#[test]
fn one_wrong_member_spoils_the_list() {
    let long_key = "k".repeat(257);
    let long_value = format!("k={}", "v".repeat(257));
    for wrong in [
        "a",
        "=1",
        "a=",
        "A=1",
        "1a=1",
        "a=1,a=2",
        "a b=1",
        "a=1=2",
        "a=\u{7f}",
        "a=ü",
        "a@=1",
        "@a=1",
        "a@1b=1",
        "a@b@c=1",
        &format!("{long_key}=1"),
        &format!("a@{}=1", "b".repeat(15)),
        &long_value,
    ] {
        assert_eq!(state(&["z=1", wrong]), None, "{wrong}");
    }
    for right in ["a_-*/=!~", "0a@b=1", &format!("{}=1", "k".repeat(256))] {
        assert_eq!(state(&[right]).as_deref(), Some(right));
    }
}

#[test]
fn more_than_32_members_are_none() {
    let members: Vec<String> = (0..33).map(|number| format!("k{number}=v")).collect();
    assert_eq!(state(&[&members.join(",")]), None);
    assert_eq!(state(&[&members[..32].join(",")]), Some(members[..32].join(",")));
}

#[test]
fn what_is_over_512_characters_is_cut_by_whole_members_long_ones_first() {
    let long = format!("long={}", "v".repeat(200));
    let short: Vec<String> = (0..10).map(|number| format!("k{number}={}", "v".repeat(40))).collect();
    let all = format!("{},{long},{}", short[..5].join(","), short[5..].join(","));
    assert_eq!(state(&[&all]), Some(short.join(",")));
    let twenty: Vec<String> = (10..30).map(|number| format!("k{number}={}", "v".repeat(40))).collect();
    let kept = state(&[&twenty.join(",")]).unwrap();
    assert!(kept.len() <= 512 && kept.len() > 460 && twenty.join(",").starts_with(&kept), "{kept}");
}

/// Anything, and what is nearly right.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let nearly = "[0-9a-fA-F]{2}-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{2}(-.{0,5})?";
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        nearly.prop_map(String::into_bytes),
        "([a-z@_]{1,5}=[ -~]{0,9}, ?){0,40}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn what_we_write_is_read_as_it_was_meant(trace_id in 1_u128.., span_id in 1_u64.., is_sampled: bool) {
        let parent = TraceParent { trace_id, span_id, is_sampled };
        let header = parent.to_header();
        prop_assert_eq!(TraceParent::read(header.as_bytes()), Some(parent));
        // Nothing shorter, longer or in capitals is it.
        prop_assert_eq!(TraceParent::read(&header.as_bytes()[..54]), None);
        prop_assert_eq!(TraceParent::read(format!("{header}0").as_bytes()), None);
    }

    #[test]
    fn whatever_comes_is_a_valid_parent_or_nothing(value in header()) {
        if let Some(parent) = TraceParent::read(&value) {
            prop_assert!(parent.trace_id != 0 && parent.span_id != 0);
            // What goes on is version 00 and names the same ids as what came.
            let written = parent.to_header();
            let came = str::from_utf8(&value).unwrap().trim();
            prop_assert_eq!(&came[3..53], &written[3..53]);
        }
    }

    #[test]
    fn whatever_state_comes_what_goes_on_is_short_and_says_the_same_when_read_again(
        headers in prop::collection::vec(header(), 0..4)
    ) {
        if let Some(state) = read_state(headers.iter().map(Vec::as_slice)) {
            prop_assert!(state.len() <= 512 && state.split(',').count() <= 32);
            prop_assert!(state.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", state);
            let again = read_state([state.as_bytes()]);
            prop_assert_eq!(again.as_ref(), Some(&state));
        }
    }
}
