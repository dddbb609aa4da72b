//! What the server has at work, so that it can wait for it at its end: a task that nobody waits for would hold the
//! authority, and so its file, after the server is gone.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Starts tasks, and knows when all of them are over. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Work(TaskTracker);

impl Work {
    /// Runs what may block: it waits for the disk, or makes keys.
    pub(super) fn blocking<T, F>(&self, work: F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.spawn_blocking(work)
    }

    /// Waits until all is done.
    pub(super) async fn end(self) {
        self.0.close();
        self.0.wait().await;
    }
}

/// Streams of HTTP/2 connections are tasks of their own.
impl<F> hyper::rt::Executor<F> for Work
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
