//! Services by the names of their methods, so that a method added to the contract elsewhere does not have to be added
//! here: what a reference does not answer is UNIMPLEMENTED.

use bytes::{Buf as _, BufMut as _, Bytes};
use prost::Message;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// Bytes in, bytes out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}

/// Reads a request.
pub fn read<M: Message + Default>(body: Bytes) -> Result<M, Status> {
    M::decode(body).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// Writes an answer.
pub fn write<M: Message>(message: &M) -> Result<Bytes, Status> {
    Ok(message.encode_to_vec().into())
}

/// Makes a service of an async function `(state, method, body) -> Result<Bytes, Status>`.
macro_rules! face {
    ($face:ident, $name:literal, $state:ty, $answer:path) => {
        /// The service.
        #[derive(Clone)]
        pub struct $face(pub $state);

        impl tonic::server::NamedService for $face {
            const NAME: &'static str = $name;
        }

        impl tonic::codegen::Service<http::Request<tonic::body::Body>> for $face {
            type Response = http::Response<tonic::body::Body>;
            type Error = std::convert::Infallible;
            type Future = tonic::codegen::BoxFuture<Self::Response, Self::Error>;

            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
                struct One($state, String);

                impl tonic::server::UnaryService<bytes::Bytes> for One {
                    type Response = bytes::Bytes;
                    type Future = tonic::codegen::BoxFuture<tonic::Response<bytes::Bytes>, tonic::Status>;

                    fn call(&mut self, request: tonic::Request<bytes::Bytes>) -> Self::Future {
                        let (state, method) = (self.0.clone(), self.1.clone());
                        Box::pin(async move {
                            $answer(state, &method, request.into_inner()).await.map(tonic::Response::new)
                        })
                    }
                }

                let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
                let one = One(self.0.clone(), method);
                Box::pin(async move {
                    Ok(tonic::server::Grpc::new($crate::reference::face::Raw).unary(one, request).await)
                })
            }
        }
    };
}
pub(crate) use face;
