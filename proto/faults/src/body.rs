//! An answer's body with one thing wrong.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use eush_domain::faults::{CorruptPart, Reset};
use http_body::{Body as _, Frame};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;

use crate::connection::Line;
use crate::layer::{corrupt, strip};
use crate::{BoxError, Broken};

/// Bytes before a gRPC message: a flag, and its length in four bytes (gRPC over HTTP/2, `Length-Prefixed-Message`).
const PREFIX: usize = 5;

/// Longest wait for headers to have gone out, where nothing tells that they have.
const FLUSHED: Duration = Duration::from_millis(250);

/// A damaged body.
pub(crate) struct Damaged {
    inner: Body,
    damage: Damage,
}

enum Damage {
    Broken(Pin<Box<dyn Future<Output = ()> + Send>>),
    Corrupt(CorruptPart),
    Slow(Drips),
    Truncated { keep: u8, left: Option<usize> },
    WithoutStatus,
}

/// A whole body that breaks off when the process that tells it begins again.
pub(crate) struct Mortal {
    inner: Body,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Mortal {
    pub(crate) fn new(inner: Body, life: CancellationToken) -> Self {
        Self { inner, end: Box::pin(life.cancelled_owned()) }
    }
}

impl http_body::Body for Mortal {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Broken::off())));
        }
        next(&mut self.inner, cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

/// A body in drips.
struct Drips {
    bytes: usize,
    pause: Duration,
    rest: Bytes,
    resting: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Damaged {
    /// Breaks off once the headers have gone out.
    pub(crate) fn broken(line: Option<Line>, how: Reset) -> Self {
        let breaking = async move {
            // A reset takes back what is not yet written, the headers with it.
            match &line {
                Some(line) => {
                    let _ = tokio::time::timeout(FLUSHED, line.written()).await;
                }
                None => tokio::time::sleep(FLUSHED).await,
            }
            if let (Some(line), Reset::Connection) = (line, how) {
                line.cut();
            }
        };
        Self { inner: Body::empty(), damage: Damage::Broken(Box::pin(breaking)) }
    }

    pub(crate) fn corrupt(inner: Body, part: CorruptPart) -> Self {
        Self { inner, damage: Damage::Corrupt(part) }
    }

    pub(crate) fn slow(inner: Body, bytes: u32, pause: u32) -> Self {
        let drips = Drips {
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX).max(1),
            pause: Duration::from_millis(pause.into()),
            rest: Bytes::new(),
            resting: None,
        };
        Self { inner, damage: Damage::Slow(drips) }
    }

    pub(crate) fn truncated(inner: Body, keep: u8) -> Self {
        Self { inner, damage: Damage::Truncated { keep, left: None } }
    }

    pub(crate) fn without_status(inner: Body) -> Self {
        Self { inner, damage: Damage::WithoutStatus }
    }
}

type Polled = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

impl http_body::Body for Damaged {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        match &mut this.damage {
            Damage::Broken(breaking) => {
                ready!(breaking.as_mut().poll(cx));
                Poll::Ready(Some(Err(Broken::off())))
            }
            Damage::Corrupt(part) => {
                let part = *part;
                on_trailers(&mut this.inner, cx, |trailers| corrupt(trailers, part))
            }
            Damage::Slow(drips) => drips.poll(&mut this.inner, cx),
            Damage::Truncated { keep, left } => truncate(&mut this.inner, *keep, left, cx),
            Damage::WithoutStatus => {
                let frame = ready!(on_trailers(&mut this.inner, cx, strip));
                // Trailers without anything would still be trailers.
                let last = matches!(&frame, Some(Ok(frame)) if frame.is_trailers());
                Poll::Ready(if last { None } else { frame })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.damage {
            Damage::Broken(_) => false,
            Damage::Slow(drips) => drips.rest.is_empty() && self.inner.is_end_stream(),
            Damage::Corrupt(_) | Damage::Truncated { .. } | Damage::WithoutStatus => {
                self.inner.is_end_stream()
            }
        }
    }
}

fn next(inner: &mut Body, cx: &mut Context<'_>) -> Polled {
    Pin::new(inner).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(Into::into)))
}

fn on_trailers(inner: &mut Body, cx: &mut Context<'_>, change: impl FnOnce(&mut http::HeaderMap)) -> Polled {
    let frame = ready!(next(inner, cx));
    Poll::Ready(frame.map(|frame| {
        frame.map(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                change(trailers);
            }
            frame
        })
    }))
}

/// Lets through as much as stays of the first message, and the trailers.
fn truncate(inner: &mut Body, keep: u8, left: &mut Option<usize>, cx: &mut Context<'_>) -> Polled {
    loop {
        let frame = match ready!(next(inner, cx)) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other),
        };
        let mut data = match frame.into_data() {
            Ok(data) => data,
            Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
        };
        let stays = left.get_or_insert_with(|| staying(&data, keep));
        data.truncate(*stays);
        *stays -= data.len();
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }
}

/// Bytes that stay of a message that begins with these: fewer than it says.
fn staying(first: &Bytes, keep: u8) -> usize {
    let Some(prefix) = first.get(1..PREFIX) else { return first.len().saturating_sub(1) };
    let length = prefix.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    match length {
        // An empty message can lose nothing but its prefix.
        0 => PREFIX - 1,
        length => PREFIX + (length * usize::from(keep) / 100).min(length - 1),
    }
}

impl Drips {
    fn poll(&mut self, inner: &mut Body, cx: &mut Context<'_>) -> Polled {
        if let Some(resting) = &mut self.resting {
            ready!(resting.as_mut().poll(cx));
            self.resting = None;
        }
        while self.rest.is_empty() {
            match ready!(next(inner, cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        let drip = self.rest.slice(..self.bytes.min(self.rest.len()));
        self.rest.advance(drip.len());
        if !self.rest.is_empty() {
            self.resting = Some(Box::pin(tokio::time::sleep(self.pause)));
        }
        Poll::Ready(Some(Ok(Frame::data(drip))))
    }
}
