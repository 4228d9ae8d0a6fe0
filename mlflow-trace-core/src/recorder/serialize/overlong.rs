//! What becomes of a value that is larger than it may be: a text that may be encoded content waits beside the tape,
//! anything else is cut and says so.

use super::{Done, Stopped, Tape};
use crate::buffer::tape::Op;

/// Shorter texts are no content that is worth a place of its own.
const SHORTEST_CONTENT: usize = 1024;

impl Tape<'_> {
    /// A text that has no room.
    #[cold]
    pub(super) fn put_long_text(&mut self, op: Op, text: &str) -> Done {
        if op == Op::Text
            && !self.is_cut
            && text.len() >= SHORTEST_CONTENT
            && let Some(attaching) = &mut self.attaching
            && let Some(mark) = attaching.long_text(text)
        {
            return self.put_text(op, &mark);
        }
        self.put_cut_text(op, text)
    }

    /// Keeps the start of a text that is too long.
    #[cold]
    fn put_cut_text(&mut self, op: Op, text: &str) -> Done {
        let room = self.end.saturating_sub(self.out.len() + 5);
        if !self.is_cut && room > 0 && op == Op::Text {
            let mark = format!("… [cut: {} bytes in all]", text.len());
            let kept = &text[..text.floor_char_boundary(room.saturating_sub(mark.len()))];
            self.out.push(op as u8);
            self.out.extend_from_slice(&((kept.len() + mark.len()) as u32).to_le_bytes());
            self.out.extend_from_slice(kept.as_bytes());
            self.out.extend_from_slice(mark.as_bytes());
            // A lone text says of itself that it was cut; a container is told as well.
            if self.depth == self.newtypes {
                self.is_cut = true;
                return Err(Stopped::Cut);
            }
        }
        self.cut()
    }

    #[cold]
    pub(super) fn cut(&mut self) -> Done {
        if !self.is_cut {
            self.is_cut = true;
            self.out.push(Op::Cut as u8);
            self.out.extend_from_slice(&(self.limit as u64).to_le_bytes());
        }
        Err(Stopped::Cut)
    }
}
