//! Layers of [tower](https://docs.rs/tower) for services and clients of HTTP: [`ContinueTrace`] lets a service go on
//! with the trace of whoever called it, [`SendTrace`] sends the current span along with each request. Bodies are not
//! touched. Needs the feature `tower`.
//!
//! ```
//! use axum::{Router, routing::post};
//!
//! #[mlflow::trace]
//! async fn answer(question: String) -> String {
//!     format!("about {question}")
//! }
//!
//! // Spans in handlers become children of the caller's span, if the caller sent `traceparent`.
//! let app: Router = Router::new().route("/answer", post(answer)).layer(mlflow::tower::ContinueTrace);
//! ```

use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::{CarriedFuture, WithContext as _, propagation};

/// For services: what is traced while a request is served belongs to the trace that the request's headers name. A
/// request that names none begins traces of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContinueTrace;

/// The service that [`ContinueTrace`] makes.
#[derive(Clone, Copy, Debug)]
pub struct ContinuesTrace<S> {
    inner: S,
}

impl<S> Layer<S> for ContinueTrace {
    type Service = ContinuesTrace<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContinuesTrace { inner }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for ContinuesTrace<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = CarriedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let caller = propagation::extract(request.headers());
        // A service may work before it returns its future.
        let future = {
            let _context = caller.attach();
            self.inner.call(request)
        };
        future.with_context(caller)
    }
}

/// For clients: requests name the span that is current where they are sent (`traceparent`, `tracestate`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SendTrace;

/// The service that [`SendTrace`] makes.
#[derive(Clone, Copy, Debug)]
pub struct SendsTrace<S> {
    inner: S,
}

impl<S> Layer<S> for SendTrace {
    type Service = SendsTrace<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SendsTrace { inner }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for SendsTrace<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        propagation::inject(request.headers_mut());
        self.inner.call(request)
    }
}
