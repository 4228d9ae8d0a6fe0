//! Reading what the queue wrote, whatever the bytes are: nothing where they are anything else.

use super::*;

/// What is left to read.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        self.array().and_then(|bytes| usize::try_from(u32::from_le_bytes(bytes)).ok())
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    pub(super) fn attachment(&mut self) -> Option<Attachment> {
        let id = u128::from_le_bytes(self.array()?);
        let content_type = self.text()?;
        Some(Attachment::from_parts(id, &content_type, Arc::new(self.bytes()?.to_vec())))
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        // An item has at least eight bytes, so that a wrong count asks for no more memory than there are bytes.
        let mut items = Vec::with_capacity(count.min(self.0.len() / 8));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    pub(super) fn trace_id(&mut self) -> Option<TraceId> {
        TraceId::from_u128(u128::from_le_bytes(self.array()?))
    }

    pub(super) fn span_id(&mut self) -> Option<SpanId> {
        SpanId::from_u64(self.number()?)
    }

    pub(super) fn map(&mut self) -> Option<BTreeMap<String, String>> {
        Some(self.list(|from| Some((from.text()?, from.text()?)))?.into_iter().collect())
    }

    pub(super) fn attributes(&mut self) -> Option<Vec<(String, Json)>> {
        self.list(|from| Some((from.text()?, Json::from_valid(from.text()?))))
    }

    // Fields are read in the order in which they stand below, as Rust evaluates them.

    pub(super) fn info(&mut self) -> Option<TraceInfo> {
        Some(TraceInfo {
            trace_id: self.trace_id()?,
            name: self.text()?,
            start_unix_nanos: self.number()?,
            duration_nanos: self.option(Self::number)?,
            state: match self.byte()? {
                0 => TraceState::Ok,
                1 => TraceState::Error,
                2 => TraceState::InProgress,
                _ => return None,
            },
            request_preview: self.option(Self::text)?,
            response_preview: self.option(Self::text)?,
            client_request_id: self.option(Self::text)?,
            session: self.option(Self::text)?,
            experiment: self.option(Self::text)?,
            experiment_id: None,
            token_usage: match self.byte()? {
                0 => None,
                form @ (1 | 2) => Some(TokenUsage {
                    input_tokens: self.number()?,
                    output_tokens: self.number()?,
                    total_tokens: self.number()?,
                    cache_read_input_tokens: self.option(Self::number)?,
                    cache_creation_input_tokens: self.option(Self::number)?,
                    cache_creation_input_tokens_above_1hr: match form {
                        1 => None,
                        _ => self.option(Self::number)?,
                    },
                }),
                _ => return None,
            },
            cost: self.option(|from| {
                let mut dollars = || from.number().map(f64::from_bits);
                Some(Cost { input_cost: dollars()?, output_cost: dollars()?, total_cost: dollars()? })
            })?,
            tags: self.map()?,
            metadata: self.map()?,
        })
    }

    pub(super) fn span(&mut self) -> Option<Span> {
        Some(Span {
            trace_id: self.trace_id()?,
            span_id: self.span_id()?,
            parent_id: SpanId::from_u64(self.number()?),
            name: self.text()?,
            span_type: match self.byte()? {
                CUSTOM_SPAN_TYPE => SpanType::from(self.text()?),
                number => SPAN_TYPES.get(usize::from(number))?.clone(),
            },
            start_unix_nanos: self.number()?,
            end_unix_nanos: self.number()?,
            status: Status {
                code: match self.byte()? {
                    0 => StatusCode::Unset,
                    1 => StatusCode::Ok,
                    2 => StatusCode::Error,
                    _ => return None,
                },
                message: self.text()?,
            },
            attributes: self.attributes()?,
            events: self.list(|from| {
                Some(Event {
                    name: from.text()?,
                    time_unix_nanos: from.number()?,
                    attributes: from.attributes()?,
                })
            })?,
            links: self.list(|from| {
                Some(Link {
                    trace_id: from.trace_id()?,
                    span_id: from.span_id()?,
                    attributes: from.attributes()?,
                })
            })?,
        })
    }
}
