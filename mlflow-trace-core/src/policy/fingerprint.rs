//! Names of folders that tell nothing.

/// A stable name of a folder for this text, from which the text can't be read. (FNV-1a of 128 bits.)
pub(crate) fn fingerprint(text: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_in_every_version() {
        assert_eq!(fingerprint(""), "6c62272e07bb014262b821756295c58d");
        // FNV-1a's own test value.
        assert_eq!(fingerprint("foobar"), "343e1662793c64bf6f0d3597ba446f18");
    }
}
