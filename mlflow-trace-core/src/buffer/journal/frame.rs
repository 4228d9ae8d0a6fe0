//! The form of a journal's files: frames, each written by one call, with a length and a checksum.
//!
//! A process may be killed in the middle of a write, and disks damage bytes: reading finds every frame that is whole.

/// What every frame begins with: mark, checksum of the content, its length.
pub(super) const FRAME_HEAD: usize = 12;
const MARK: [u8; 4] = [0xF5, b'm', b't', b'j'];

/// Fills in the head of a frame, whose content stands behind it already.
pub(super) fn close(frame: &mut [u8]) {
    let Some((head, content)) = frame.split_at_mut_checked(FRAME_HEAD) else { return };
    head[..4].copy_from_slice(&MARK);
    head[4..8].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    // A frame is far below 4 GiB: what is recorded is capped.
    head[8..].copy_from_slice(&(content.len() as u32).to_le_bytes());
}

/// A frame with this content.
pub(super) fn frame(content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; FRAME_HEAD];
    frame.extend_from_slice(content);
    close(&mut frame);
    frame
}

/// The content of the frame that begins here, and how long the frame is.
fn frame_at(file: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (head, rest) = file.get(at..)?.split_first_chunk::<FRAME_HEAD>()?;
    let number =
        |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
    let content = rest.get(..number(8) as usize)?;
    (head[..4] == MARK && crc32fast::hash(content) == number(4))
        .then_some((content, FRAME_HEAD + content.len()))
}

/// Calls `visit` with the content of each whole frame, and returns how many bytes before the last whole one are none.
/// What is behind it is what a killed process had not written yet.
pub(super) fn each_frame(file: &[u8], mut visit: impl FnMut(&[u8])) -> usize {
    let (mut at, mut damaged, mut skipped) = (0, 0, 0);
    while at < file.len() {
        if let Some((content, size)) = frame_at(file, at) {
            visit(content);
            damaged += std::mem::take(&mut skipped);
            at += size;
            continue;
        }
        let rest = file.get(at + 1..).unwrap_or_default();
        let step =
            rest.windows(MARK.len()).position(|bytes| bytes == MARK).map_or(rest.len(), |step| step) + 1;
        skipped += step;
        at += step;
    }
    damaged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(file: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let mut found = Vec::new();
        let damaged = each_frame(file, |content| found.push(content.to_vec()));
        (found, damaged)
    }

    #[test]
    fn frames_are_read_as_they_were_written_and_a_cut_end_is_no_damage() {
        let whole = [frame(b"one"), frame(b""), frame(b"three")].concat();
        assert_eq!(contents(&whole), (vec![b"one".to_vec(), Vec::new(), b"three".to_vec()], 0));
        for cut in 1..17 {
            let (found, damaged) = contents(&whole[..whole.len() - cut]);
            assert_eq!((found.len(), damaged), (2, 0), "{cut}");
        }
    }

    #[test]
    fn a_damaged_byte_costs_one_frame() {
        let whole = [frame(b"one"), frame(b"two"), frame(b"three")].concat();
        for at in 15..30 {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            assert_eq!(contents(&damaged), (vec![b"one".to_vec(), b"three".to_vec()], 15), "{at}");
        }
    }
}
