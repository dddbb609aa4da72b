//! Connections that can be cut.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::{Connected, TlsConnectInfo};

/// What a listener lets in, for tonic's `serve_with_incoming`.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
}

impl Acceptor {
    /// Of a bound listener.
    pub fn new(listener: TcpListener) -> Self {
        Self { listener }
    }
}

impl Stream for Acceptor {
    type Item = io::Result<Connection>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.listener.poll_accept(cx).map(|accepted| {
            Some(accepted.and_then(|(stream, _)| {
                stream.set_nodelay(true)?;
                Ok(Connection::new(stream))
            }))
        })
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    line: Line,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// A connection as its requests know it: in their extensions, alone or within tonic's `TlsConnectInfo`.
#[derive(Clone, Debug)]
pub struct Line {
    remote: Option<SocketAddr>,
    cut: CancellationToken,
    written: Arc<Written>,
}

#[derive(Debug, Default)]
struct Written {
    times: AtomicU64,
    changed: Notify,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let cut = CancellationToken::new();
        let line = Line { remote: stream.peer_addr().ok(), cut: cut.clone(), written: Arc::default() };
        Self { stream, line, cut: Box::pin(cut.cancelled_owned()) }
    }

    /// An error once the connection is cut. The peer is to see a reset, not an orderly end.
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        self.stream.set_zero_linger()?;
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut by a fault that somebody asked for"))
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(_))) {
            self.line.written.times.fetch_add(1, Ordering::Relaxed);
            self.line.written.changed.notify_waiters();
        }
    }
}

impl Line {
    /// The connection that a request came on, where it came on one of ours.
    pub fn of(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get::<Self>().or_else(|| Some(extensions.get::<TlsConnectInfo<Self>>()?.get_ref()))
    }

    /// Where the peer is.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// Cuts the connection, with everything that is on it.
    pub fn cut(&self) {
        self.cut.cancel();
    }

    /// Ends when something has been written since this was called.
    pub(crate) async fn written(&self) {
        // The ticket is taken before the look, so that nothing falls between.
        let before = self.written.times.load(Ordering::Relaxed);
        loop {
            let changed = self.written.changed.notified();
            if self.written.times.load(Ordering::Relaxed) != before {
                return;
            }
            changed.await;
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Line;

    fn connect_info(&self) -> Line {
        self.line.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        let wrote = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(&wrote);
        wrote
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(&wrote);
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
