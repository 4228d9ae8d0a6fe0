//! Binary content of a trace: an image, a sound, a document. It is kept beside the trace, and the trace refers to it.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::TraceId;

/// Binary content that belongs to a trace: an image, a sound, a PDF, bytes of any kind.
///
/// It can be an argument or a return value of a traced function, or stand anywhere in what is given to `set_inputs`,
/// `set_outputs` or `set_attribute`. The trace then holds a reference in its place, `mlflow-attachment://…`, and the bytes
/// are kept as a file of their own, where MLflow's UI finds them and shows the picture. A clone shares the bytes.
///
/// ```
/// use mlflow_trace_core::{Attachment, span};
///
/// let chart = Attachment::new("image/png", vec![0x89, b'P', b'N', b'G']);
/// span("draw").run(|span| { span.set_outputs(&chart); });
/// ```
///
/// Written by another serializer, such as `serde_json`, it is a data URI (`data:image/png;base64,…`).
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    id: u128,
    content_type: Arc<str>,
    content: Arc<Vec<u8>>,
}

impl Attachment {
    pub(crate) fn from_parts(id: u128, content_type: &str, content: Arc<Vec<u8>>) -> Self {
        Self { id: as_random_uuid(id), content_type: content_type.into(), content }
    }

    /// The id, a random UUID: the name of the file.
    pub fn id(&self) -> String {
        uuid_text(self.id)
    }

    /// What the content is, for example `image/png`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The bytes.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// What stands for it in a trace: `mlflow-attachment://<id>?content_type=…&trace_id=…&size=…`.
    pub fn reference(&self, trace_id: TraceId) -> String {
        let mut text = format!("{SCHEME}{}?content_type=", uuid_text(self.id));
        push_form_encoded(&mut text, &self.content_type);
        // Writing into a String can't fail.
        let _ = write!(text, "&trace_id={trace_id}&size={}", self.content.len());
        text
    }

    /// The same as if it held nothing.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn emptied(&self) -> Self {
        Self { content: Arc::default(), ..self.clone() }
    }

    pub(crate) fn number(&self) -> u128 {
        self.id
    }

    pub(crate) fn shared_content(&self) -> &Arc<Vec<u8>> {
        &self.content
    }
}

/// Without the content, which may be anything and large.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("id", &self.id())
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

impl Serialize for Attachment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(ATTACHMENT, &Content(self))
    }
}

/// What every reference begins with.
pub(crate) const SCHEME: &str = "mlflow-attachment://";

/// The name by which an attachment passes through a serializer.
pub(crate) const ATTACHMENT: &str = "$mlflow_trace::Attachment";

thread_local! {
    /// Whether our own serializer asks for the attachment itself.
    static IS_WANTED: Cell<bool> = const { Cell::new(false) };
    static HANDED_OVER: Cell<Option<Attachment>> = const { Cell::new(None) };
}

/// The attachment that passed by the name [`ATTACHMENT`], its content shared and not copied; nothing if it is none.
pub(crate) fn handed_over<T: Serialize + ?Sized>(value: &T) -> Option<Attachment> {
    /// A formatter is the smallest serializer that there is.
    struct Asked<'a, T: ?Sized>(&'a T);
    impl<T: Serialize + ?Sized> fmt::Display for Asked<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.serialize(f)
        }
    }
    IS_WANTED.try_with(|wanted| wanted.set(true)).ok()?;
    let _ = write!(Nowhere, "{}", Asked(value));
    let _ = IS_WANTED.try_with(|wanted| wanted.set(false));
    HANDED_OVER.try_with(Cell::take).ok().flatten()
}

struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _text: &str) -> fmt::Result {
        Ok(())
    }
}

struct Content<'a>(&'a Attachment);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if IS_WANTED.try_with(Cell::take) == Ok(true) {
            let _ = HANDED_OVER.try_with(|handed| handed.set(Some(self.0.clone())));
            return serializer.serialize_str("");
        }
        let data = Base64Display::new(&self.0.content, &STANDARD);
        serializer.collect_str(&format_args!("data:{};base64,{data}", self.0.content_type))
    }
}

/// The bits that say that a UUID is a random one.
fn as_random_uuid(id: u128) -> u128 {
    id & !(0xf << 76 | 0b11 << 62) | 0x4 << 76 | 0b10 << 62
}

pub(crate) fn uuid_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    let (a, rest) = hex.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// As Python's `urlencode` writes a value.
fn push_form_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            // Writing into a String can't fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(content_type: &str, content: &[u8]) -> Attachment {
        Attachment::from_parts(7, content_type, Arc::new(content.to_vec()))
    }

    #[test]
    fn the_reference_is_the_text_that_python_writes() {
        let trace_id = TraceId::from_u128(0xabc).unwrap();
        let id = attachment("", b"").id();
        assert_eq!(id, "00000000-0000-4000-8000-000000000007");
        assert_eq!(
            attachment("audio/x y;rate=8+1", b"abc").reference(trace_id),
            format!(
                "mlflow-attachment://{id}?content_type=audio%2Fx+y%3Brate%3D8%2B1\
                 &trace_id=tr-00000000000000000000000000000abc&size=3"
            )
        );
    }

    #[test]
    fn other_serializers_write_a_data_uri() {
        let json = serde_json::to_string(&attachment("image/png", b"abcd")).unwrap();
        assert_eq!(json, r#""data:image/png;base64,YWJjZA==""#);
    }

    #[test]
    fn our_serializer_gets_the_content_without_a_copy() {
        let given = attachment("image/png", b"abcd");
        let taken = handed_over(&given).unwrap();
        assert!(Arc::ptr_eq(given.shared_content(), taken.shared_content()));
        assert_eq!(taken, given);
        assert_eq!(handed_over("text"), None);
        assert_eq!(handed_over(&vec![given]), None);
        // Nothing of it is left for whoever writes the next one.
        assert!(serde_json::to_string(&taken).unwrap().contains("base64"));
    }

    #[test]
    fn debugging_shows_no_content() {
        let shown = format!("{:?}", attachment("text/plain", b"hush"));
        assert!(shown.contains("bytes: 4") && !shown.contains("hush"), "{shown}");
    }
}
