//! Sealed batches on a gRPC stream ([`wire::grpc`]).

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use rustls::ClientConfig;
use wire::grpc::{Answer, Code, Fault, Stream};

use super::{LinkError, Verdict, stream};
use crate::limits;
use crate::target::Target;
use crate::token::{Asker, Scope};

/// A stream.
#[derive(Debug)]
pub(crate) struct Grpc {
    stream: Stream,
    verdicts: VecDeque<Verdict>,
}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Told {
                code: Code::Unauthenticated | Code::PermissionDenied | Code::ResourceExhausted,
                words,
            } => Self::Refused(words),
            Fault::Told { code, words } => Self::Closed(format!(": {code:?} {words}")),
            Fault::Ended => Self::Closed(String::new()),
            Fault::Http(_) | Fault::Turn { .. } | Fault::Outcome(_) => {
                Self::Protocol { protocol: "gRPC", what: fault.to_string() }
            }
        }
    }
}

impl Grpc {
    /// Gets a token at the token endpoint, then connects and begins the stream.
    pub(super) async fn open(
        target: &Target,
        tls: &Arc<ClientConfig>,
        asker: &Asker,
        tokens: (&Target, &Arc<ClientConfig>),
    ) -> Result<Self, LinkError> {
        let token = asker.ask(tokens.0, tokens.1, Scope::Write).await?;
        let connection = stream::connect(target, Some(tls)).await?;
        let stream = Stream::open(connection, &target.to_string(), &token, limits::WINDOW).await?;
        Ok(Self { stream, verdicts: VecDeque::new() })
    }

    pub(super) fn put(&mut self, batch: &Bytes) -> Result<(), LinkError> {
        self.stream.put(batch.clone())?;
        Ok(())
    }

    pub(super) fn ready(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// Waits for the next receipt.
    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        let (_, answer) = self.stream.receipt().await?;
        self.verdicts.push_back(match answer {
            Answer::Stored => Verdict::Stored,
            Answer::Refused(word) => Verdict::Refused(word),
        });
        Ok(())
    }
}
