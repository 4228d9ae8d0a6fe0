//! Headers of the crate `http`, which hyper, axum, reqwest, tonic and tower share.

use http_types::header::{HeaderMap, HeaderName, HeaderValue};

use super::carriers::{ReadHeaders, WriteHeaders};

/// The headers that name the current span, to extend those of a request with.
///
/// ```
/// # use http_types as http;
/// let mut request = http::Request::new(());
/// request.headers_mut().extend(mlflow_trace_core::propagation::header_map());
/// ```
pub fn header_map() -> HeaderMap {
    let mut headers = HeaderMap::new();
    super::inject(&mut headers);
    headers
}

impl ReadHeaders for HeaderMap {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        self.get_all(name).iter().for_each(|value| take(value.as_bytes()));
    }
}

impl WriteHeaders for HeaderMap {
    fn set_header(&mut self, name: &'static str, value: String) {
        // What we write are names in lower case and values of printable ASCII.
        if let Ok(value) = HeaderValue::try_from(value) {
            self.insert(HeaderName::from_static(name), value);
        }
    }
}
