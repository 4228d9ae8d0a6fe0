//! Making attachments.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::model::Attachment;
use crate::policy::ids;

impl Attachment {
    /// An attachment with this content, which is taken and not copied. `content_type` says what it is, for example
    /// `image/png`, `audio/wav`, `application/pdf`: MLflow's UI chooses by it how it is shown.
    pub fn new(content_type: &str, content: impl Into<Vec<u8>>) -> Self {
        let (high, low) = ids::trace_id();
        let id = u128::from(high) << 64 | u128::from(low);
        Self::from_parts(id, content_type, Arc::new(content.into()))
    }

    /// An attachment with the content of a file, which is read now, on this thread. What it is follows from the end of the
    /// file's name; an end that is not known stands for `application/octet-stream`, and [`with_content_type`] says better.
    ///
    /// ```no_run
    /// # fn main() -> std::io::Result<()> {
    /// let scan = mlflow_trace_core::Attachment::from_file("scan.pdf")?;
    /// assert_eq!(scan.content_type(), "application/pdf");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`with_content_type`]: Self::with_content_type
    ///
    /// # Errors
    /// The file can't be read.
    pub fn from_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        Ok(Self::new(content_type_of(path), std::fs::read(path)?))
    }

    /// The same content as something else.
    #[must_use]
    pub fn with_content_type(self, content_type: &str) -> Self {
        Self::from_parts(self.number(), content_type, Arc::clone(self.shared_content()))
    }
}

/// By the end of the name, as Python's `mimetypes` knows it.
fn content_type_of(path: &Path) -> &'static str {
    const KNOWN: [(&str, &str); 24] = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("gif", "image/gif"),
        ("webp", "image/webp"),
        ("bmp", "image/bmp"),
        ("svg", "image/svg+xml"),
        ("tif", "image/tiff"),
        ("tiff", "image/tiff"),
        ("wav", "audio/x-wav"),
        ("mp3", "audio/mpeg"),
        ("ogg", "audio/ogg"),
        ("flac", "audio/flac"),
        ("m4a", "audio/mp4"),
        ("mp4", "video/mp4"),
        ("webm", "video/webm"),
        ("mov", "video/quicktime"),
        ("pdf", "application/pdf"),
        ("zip", "application/zip"),
        ("json", "application/json"),
        ("txt", "text/plain"),
        ("csv", "text/csv"),
        ("html", "text/html"),
        ("md", "text/markdown"),
    ];
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    let known = KNOWN.iter().find(|(name, _)| *name == end);
    known.map_or("application/octet-stream", |(_, content_type)| content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_follows_from_the_end_of_the_name() {
        let of = |name: &str| content_type_of(Path::new(name));
        assert_eq!((of("a/b.PNG"), of("c.tar.pdf")), ("image/png", "application/pdf"));
        assert_eq!((of("b"), of("b.unknown")), ("application/octet-stream", "application/octet-stream"));
    }

    #[test]
    fn each_attachment_has_an_id_of_its_own_and_a_clone_the_same() {
        let one = Attachment::new("image/png", *b"abc");
        assert_ne!(one.id(), Attachment::new("image/png", *b"abc").id());
        let id = one.id();
        assert_eq!(one.with_content_type("image/x").id(), id);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert_eq!(Attachment::from_file("/nowhere/x.png").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
