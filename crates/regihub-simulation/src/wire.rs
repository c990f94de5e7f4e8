//! The lines between the hub and the world, with everything that may happen on them.

use crate::{
    bell::Bell,
    fate::{CallFaults, Fate, HookFaults, TIMEOUT},
    trace::{Line, Trace, Way, hash},
};
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{BoxFuture, Dice, SharedClock, SharedTransport, Transport, TransportError, TransportErrorKind};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tower::ServiceExt;

type Answer = Result<Response<Bytes>, TransportError>;
type Script = Box<dyn FnMut(&Request<Bytes>) -> Option<Fate> + Send>;
type Tamper = Box<dyn FnMut(&Request<Bytes>, Bytes) -> Bytes + Send>;
type Watch = Box<dyn FnMut(&Request<Bytes>) + Send>;

/// A line on which the hub calls somebody. Clones are the same line.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    way: Way,
    far_end: SharedTransport,
    clock: SharedClock,
    dice: Dice,
    trace: Trace,
    bell: Bell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: CallFaults,
    is_down: bool,
    script: Option<Script>,
    tamper: Option<Tamper>,
    watch: Option<Watch>,
}

impl Wire {
    pub(crate) fn new(
        way: Way,
        far_end: SharedTransport,
        clock: SharedClock,
        dice: Dice,
        trace: Trace,
        bell: Bell,
    ) -> Self {
        Self(Arc::new(Inner { way, far_end, clock, dice, trace, bell, state: Mutex::default() }))
    }

    /// Bad luck by the dice, from now on.
    pub fn set_faults(&self, faults: CallFaults) {
        self.lock().faults = faults;
    }

    /// Nobody answers while it is down.
    pub fn set_down(&self, is_down: bool) {
        self.lock().is_down = is_down;
    }

    /// Decides the fate of calls before the dice do; `None` leaves one to the dice.
    pub fn set_script(&self, script: impl FnMut(&Request<Bytes>) -> Option<Fate> + Send + 'static) {
        self.lock().script = Some(Box::new(script));
    }

    /// Changes the bodies of answers.
    pub fn set_tamper(&self, tamper: impl FnMut(&Request<Bytes>, Bytes) -> Bytes + Send + 'static) {
        self.lock().tamper = Some(Box::new(tamper));
    }

    /// Sees every request that arrives at the far end.
    pub(crate) fn set_watch(&self, watch: impl FnMut(&Request<Bytes>) + Send + 'static) {
        self.lock().watch = Some(Box::new(watch));
    }

    /// All calls get through again; answers are as they are.
    pub fn heal(&self) {
        let mut state = self.lock();
        let watch = state.watch.take();
        *state = State { watch, ..State::default() };
    }

    fn fate(&self, request: &Request<Bytes>) -> Fate {
        let mut state = self.lock();
        if state.is_down {
            return Fate::Refused;
        }
        let scripted = state.script.as_mut().and_then(|script| script(request));
        scripted.unwrap_or_else(|| state.faults.choose(&self.0.dice))
    }

    /// Lets a request arrive.
    async fn arrive(&self, request: Request<Bytes>) -> Answer {
        if let Some(watch) = &mut self.lock().watch {
            watch(&request);
        }
        let answer = self.0.far_end.send(request.clone()).await?;
        let mut state = self.lock();
        Ok(match &mut state.tamper {
            Some(tamper) => answer.map(|body| tamper(&request, body)),
            None => answer,
        })
    }

    async fn meet(&self, request: Request<Bytes>, fate: Fate) -> Answer {
        let clock = &self.0.clock;
        match fate {
            Fate::Pass { before, after } => {
                clock.sleep(before).await;
                self.0.bell.pass().await;
                let answer = self.arrive(request).await;
                self.0.bell.pass().await;
                clock.sleep(after).await;
                answer
            }
            Fate::Refused => Err(error(TransportErrorKind::NotSent, "connection refused")),
            Fate::LostBefore => {
                clock.sleep(TIMEOUT).await;
                Err(unclear("timed out"))
            }
            Fate::LostAfter { at_once } => {
                let _ = self.arrive(request).await;
                self.0.bell.pass().await;
                clock.sleep(if at_once { Duration::ZERO } else { TIMEOUT }).await;
                Err(unclear(if at_once { "connection reset" } else { "timed out" }))
            }
            Fate::Late { after } => {
                // Apart from the caller: it arrives although the caller has given up, or has been killed.
                let (wire, sleep) = (self.clone(), clock.sleep(after));
                tokio::spawn(async move {
                    sleep.await;
                    let _ = wire.arrive(request).await;
                });
                clock.sleep(TIMEOUT).await;
                Err(unclear("timed out"))
            }
            Fate::Status { status, retry_after, done } => {
                if done {
                    let _ = self.arrive(request).await;
                }
                let mut response = Response::builder().status(status);
                if let Some(seconds) = retry_after {
                    response = response.header("retry-after", seconds);
                }
                response
                    .body(Bytes::from_static(b"<html>on purpose</html>"))
                    .map_err(|e| error(TransportErrorKind::NotSent, &e.to_string()))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let open = OpenLine::of(&self.0.trace, &self.0.way, &request, self.0.clock.now_us());
            let fate = self.fate(&request);
            let answer = self.meet(request, fate).await;
            open.end(&answer);
            answer
        })
    }
}

/// A request under way. It is in the trace even when its caller is killed.
struct OpenLine {
    trace: Trace,
    line: Option<Line>,
}

impl OpenLine {
    fn of(trace: &Trace, way: &Way, request: &Request<Bytes>, at: i64) -> Self {
        let line = Line {
            at,
            way: way.clone(),
            method: request.method().to_string(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            request: request.body().clone(),
            outcome: "its caller was killed".into(),
            answer_hash: 0,
        };
        Self { trace: trace.clone(), line: Some(line) }
    }

    fn end(mut self, answer: &Answer) {
        let Some(line) = &mut self.line else { return };
        match answer {
            Ok(answer) => (line.outcome, line.answer_hash) = (answer.status().as_str().into(), hash(answer.body())),
            Err(broken) => line.outcome = broken.message.clone(),
        }
    }
}

impl Drop for OpenLine {
    fn drop(&mut self) {
        self.trace.add(self.line.take().expect("a line ends once"));
    }
}

/// Shops by the host in their address.
#[derive(Clone, Default)]
pub(crate) struct Street(pub(crate) Arc<BTreeMap<String, Wire>>);

impl Transport for Street {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Answer> {
        match request.uri().host().and_then(|host| self.0.get(host)) {
            Some(wire) => wire.send(request),
            None => Box::pin(async { Err(error(TransportErrorKind::NotSent, "name not found")) }),
        }
    }
}

/// The hub's own door: there is none while the hub is down.
pub(crate) type Door = Arc<Mutex<Option<Router>>>;

/// The line on which Smaregi and the shops tell the hub what happened. Clones are the same line.
#[derive(Clone)]
pub struct HookWire(Arc<HookInner>);

struct HookInner {
    door: Door,
    clock: SharedClock,
    dice: Dice,
    trace: Trace,
    faults: Mutex<HookFaults>,
    acknowledged: Mutex<Vec<Bytes>>,
}

impl HookWire {
    pub(crate) fn new(door: Door, clock: SharedClock, dice: Dice, trace: Trace) -> Self {
        let (faults, acknowledged) = (Mutex::default(), Mutex::default());
        Self(Arc::new(HookInner { door, clock, dice, trace, faults, acknowledged }))
    }

    pub fn set_faults(&self, faults: HookFaults) {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Bodies of all messages that the hub answered with 200.
    pub fn acknowledged(&self) -> Vec<Bytes> {
        self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn deliver(&self, request: Request<Bytes>) -> Answer {
        let open = OpenLine::of(&self.0.trace, &Way::Hook, &request, self.0.clock.now_us());
        let body = request.body().clone();
        let door = self.0.door.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match door {
            Some(router) => answer_of(router, request).await,
            None => Err(error(TransportErrorKind::NotSent, "connection refused")),
        };
        if answer.as_ref().is_ok_and(|answer| answer.status().is_success()) {
            self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        }
        open.end(&answer);
        answer
    }

    fn deliver_later(&self, request: Request<Bytes>, wait: Duration) {
        let (wire, sleep) = (self.clone(), self.0.clock.sleep(wait));
        tokio::spawn(async move {
            sleep.await;
            let _ = wire.deliver(request).await;
        });
    }
}

impl Transport for HookWire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let (faults, dice) = (self.0.faults.lock().unwrap_or_else(PoisonError::into_inner).clone(), &self.0.dice);
            let believed = || Ok(Response::new(Bytes::new()));
            if dice.chance(faults.lost) {
                return believed();
            }
            let wait = || Duration::from_micros(dice.below(faults.latest.as_micros() as u64 + 1));
            if dice.chance(faults.doubled) {
                self.deliver_later(request.clone(), wait());
            }
            if dice.chance(faults.late) {
                self.deliver_later(request, wait());
                return believed();
            }
            self.deliver(request).await
        })
    }
}

async fn answer_of(router: Router, request: Request<Bytes>) -> Answer {
    let answer = match router.oneshot(request.map(Body::from)).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|broken| unclear(&broken.to_string()))?;
    Ok(Response::from_parts(parts, body))
}

fn unclear(message: &str) -> TransportError {
    error(TransportErrorKind::Unclear, message)
}

fn error(kind: TransportErrorKind, message: &str) -> TransportError {
    TransportError { kind, message: message.into() }
}
