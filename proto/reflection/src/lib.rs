//! Server reflection (`grpc.reflection.v1` and `v1alpha`) that costs nothing until somebody asks.
//!
//! tonic's service decodes every descriptor when it is built. A bus has a dozen listeners with both versions each; nobody
//! asks most of them. Here it is built at the first question, and kept.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic_reflection::server::{Builder, Error};
use tower::Service;
use tower::util::BoxCloneSyncService;

type Built = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// What is built at the first question. Clones share it.
#[derive(Clone, Debug)]
struct Lazy {
    names: Arc<[String]>,
    build: fn(Builder<'static>) -> Result<Built, Error>,
    built: Arc<OnceLock<Option<Built>>>,
}

impl Lazy {
    fn new(names: &[&str], build: fn(Builder<'static>) -> Result<Built, Error>) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { names, build, built: Arc::default() }
    }

    fn built(&self) -> Option<Built> {
        let made = self.built.get_or_init(|| {
            let builder = Builder::configure()
                .register_encoded_file_descriptor_set(eush_wire::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .with_service_name("grpc.health.v1.Health");
            let builder =
                self.names.iter().fold(builder, |builder, name| builder.with_service_name(name.clone()));
            let built = (self.build)(builder);
            built.inspect_err(|error| tracing::error!(%error, "reflection is not served")).ok()
        });
        made.clone()
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Body>> for Lazy {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        match self.built() {
            // A generated server is always ready.
            Some(mut built) => Box::pin(async move { built.call(request).await }),
            None => Box::pin(async { Ok(Status::unimplemented("reflection is not served").into_http()) }),
        }
    }
}

macro_rules! version {
    ($(#[$doc:meta])* $name:ident, $function:ident, $package:literal, $build:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(Lazy);

        $(#[$doc])*
        /// `names` are the full names of the services that the listener offers, beside health.
        pub fn $function(names: &[&str]) -> $name {
            $name(Lazy::new(names, |builder| builder.$build().map(BoxCloneSyncService::new)))
        }

        impl NamedService for $name {
            const NAME: &'static str = $package;
        }

        impl Service<Request<Body>> for $name {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = Answering;

            fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                self.0.poll_ready(cx)
            }

            fn call(&mut self, request: Request<Body>) -> Answering {
                self.0.call(request)
            }
        }
    };
}

version! {
    /// Reflection as `grpc.reflection.v1.ServerReflection`.
    V1, v1, "grpc.reflection.v1.ServerReflection", build_v1
}
version! {
    /// Reflection as `grpc.reflection.v1alpha.ServerReflection`, which older clients try first.
    V1Alpha, v1alpha, "grpc.reflection.v1alpha.ServerReflection", build_v1alpha
}

#[cfg(test)]
mod tests {
    use tonic::service::Routes;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    use super::*;

    #[tokio::test]
    async fn it_is_built_at_the_first_question_and_tells_what_the_listener_offers() {
        let service = v1(&["eush.adapter.v1.AgencyService"]);
        assert!(service.0.built.get().is_none());
        let routes = Routes::new(service.clone()).add_service(v1alpha(&[]));
        let mut client = ServerReflectionClient::new(routes.prepare());
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers =
            client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        let Some(MessageResponse::ListServicesResponse(list)) =
            answers.message().await.unwrap().unwrap().message_response
        else {
            panic!("no list")
        };
        let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
        assert!(names.contains(&"eush.adapter.v1.AgencyService".to_owned()), "{names:?}");
        assert!(names.contains(&"grpc.health.v1.Health".to_owned()) && names.len() == 2, "{names:?}");
        assert!(service.0.built.get().is_some());
    }
}
