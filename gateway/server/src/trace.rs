//! W3C trace context: taken from the caller or made here, and passed on. <https://www.w3.org/TR/trace-context/>

use std::fmt::Write as _;

use crate::chance;

/// Name of the header.
pub(crate) const HEADER: &str = "traceparent";

/// Where a message stands in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    trace_id: String,
    parent: String,
    flags: String,
}

impl TraceContext {
    /// The caller's context, or a new one where there is none or it cannot be read.
    pub(crate) fn of(header: Option<&str>) -> Self {
        header.and_then(Self::parse).unwrap_or_else(|| Self {
            trace_id: hex(&chance::bytes::<16>()),
            parent: hex(&chance::bytes::<8>()),
            flags: "00".to_owned(),
        })
    }

    fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let version = part(parts.next()?, 2)?;
        let trace_id = part(parts.next()?, 32)?;
        let parent = part(parts.next()?, 16)?;
        let flags = part(parts.next()?, 2)?;
        let zeros = |text: &str| text.bytes().all(|byte| byte == b'0');
        // Version ff is forbidden, version 00 has no fifth part; later versions may have more.
        if version == "ff"
            || (version == "00" && parts.next().is_some())
            || zeros(&trace_id)
            || zeros(&parent)
        {
            return None;
        }
        Some(Self { trace_id, parent, flags })
    }

    /// Lower-case hexadecimal, 32 digits.
    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// The header for a call that this message makes, with a new parent id.
    pub(crate) fn onward(&self) -> String {
        format!("00-{}-{}-{}", self.trace_id, hex(&chance::bytes::<8>()), self.flags)
    }
}

fn part(text: &str, digits: usize) -> Option<String> {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(lower_hex)).then(|| text.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_standard_allows() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let taken = TraceContext::of(Some(&format!("00-{id}-b7ad6b7169203331-01")));
        assert_eq!(taken.trace_id(), id);
        let onward = taken.onward();
        assert!(onward.starts_with(&format!("00-{id}-")) && onward.ends_with("-01"), "{onward}");
        assert_ne!(&onward[36..52], "b7ad6b7169203331");
        for bad in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ] {
            let made = TraceContext::of(Some(bad));
            assert_ne!(made.trace_id(), id, "{bad}");
            assert_eq!(made.trace_id().len(), 32);
        }
    }
}
