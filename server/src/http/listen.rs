//! The accept loop: connections as they come, each with bounds, until the end is asked for. Called by `latchkey serve` with
//! the whole program's surfaces. What a connection may take is said in docs/operating.md, "Limits of a connection".

use super::{
    answer::Whole,
    pace::{Busy, Pace, Paced, Watch},
    plane::{Answer, DataPlane},
};
use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

/// The largest head of a request: its first line and its headers, in bytes. hyper adds its own bound of 100 headers.
const HEAD_MOST: usize = 32 * 1024;
/// What is read ahead of a connection at most; holds the largest head.
const BUFFER_MOST: usize = 64 * 1024;
/// How often a connection is looked at: a bound of its time is kept to within two looks.
const LOOK: Duration = Duration::from_millis(2_500);
/// The wait after an accept that failed: without it, a process out of files would spin.
const BREATH: Duration = Duration::from_millis(200);
/// The least time between two lines of the log about connections that wait.
const QUIET: Duration = Duration::from_mins(1);

/// Serves until `stop` is sent or its sender is gone, then until what is under way is answered; dropped, it cuts off what is left.
///
/// At most `most` connections are open at a time. One more waits in the system's queue of the listener, and while one does,
/// connections without a request under way are closed within seconds to let it in.
///
/// In a box, and without a type of its caller's: so it is compiled in this crate, together with the way of a key.
#[must_use]
pub fn listen(
    listener: TcpListener,
    plane: DataPlane,
    most: usize,
    stop: oneshot::Receiver<()>,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(accept_until(listener, plane, most, stop))
}

async fn accept_until(listener: TcpListener, plane: DataPlane, most: usize, mut stop: oneshot::Receiver<()>) {
    let slots = Arc::new(Semaphore::new(most));
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut warned = None;
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, peer, slot) = accept(&listener, &slots, &mut warned) => {
                let connection = Connection { plane: plane.clone(), peer, slots: Arc::clone(&slots), _slot: slot };
                connections.spawn(connection.run(stream, stopped.clone()));
            }
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    warned: &mut Option<Instant>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    if slots.available_permits() == 0 && warned.is_none_or(|at| at.elapsed() > QUIET) {
        *warned = Some(Instant::now());
        tracing::warn!("all connections are taken: new ones wait until one ends (--max-connections)");
    }
    loop {
        // Never closed, so never an error.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { continue };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, slot),
            // The client went away while it waited.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                sleep(BREATH).await;
            }
        }
    }
}

struct Connection {
    plane: DataPlane,
    peer: SocketAddr,
    slots: Arc<Semaphore>,
    _slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
        // Answers are small and whole: waiting to gather more would only make them late.
        let _ = stream.set_nodelay(true);
        let pace = Arc::new(Pace::new());
        let io = TokioIo::new(Paced::new(stream, Arc::clone(&pace)));
        // In a box: else every connection would keep room for a request for as long as it rests, or is a stream.
        let service = service_fn(|request| Box::pin(answer(self.plane.clone(), self.peer, Arc::clone(&pace), request)));
        let mut serving = pin!(
            http1::Builder::new()
                .header_read_timeout(None)
                .max_header_size(HEAD_MOST)
                .max_buf_size(BUFFER_MOST)
                .serve_connection(io, service)
        );
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = false;
        let mut watch = Watch::begin();
        loop {
            tokio::select! {
                biased;
                // A client that breaks off or talks nonsense was answered by hyper, if it could be.
                _ = &mut serving => return,
                _ = look.tick() => {
                    let crowded = self.slots.available_permits() == 0;
                    if watch.is_overdue(&pace, crowded) {
                        return;
                    }
                }
                _ = stopped.changed(), if !draining => {
                    draining = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

async fn answer(
    plane: DataPlane,
    peer: SocketAddr,
    pace: Arc<Pace>,
    request: Request<Incoming>,
) -> Result<Response<Sent>, Infallible> {
    let busy = Busy::begin(pace);
    Ok(match plane.answer(request, Some(peer)).await {
        Answer::Whole(response) => response.map(|body| Sent { body: Sending::Whole(body), _busy: busy }),
        Answer::Other(response) => response.map(|body| Sent { body: Sending::Other(body), _busy: busy }),
    })
}

/// An answer's body; when hyper has taken its last byte, it lets go of it, and the request is over.
struct Sent {
    body: Sending,
    _busy: Busy,
}

enum Sending {
    Whole(Whole),
    Other(Body),
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.body {
            Sending::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Sending::Other(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Sending::Whole(body) => body.is_end_stream(),
            Sending::Other(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Sending::Whole(body) => body.size_hint(),
            Sending::Other(body) => body.size_hint(),
        }
    }
}
