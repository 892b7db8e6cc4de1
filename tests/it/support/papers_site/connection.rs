//! One connection: requests are read one after the other, and answered as the state and the faults say.

use std::io::Result;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use super::faults::{Delivery, Fault, FaultPlan, MOVED};
use super::hold::HoldPlan;
use super::http::{Request, Response};
use super::log::{RequestInProgress, RequestLog};
use super::state::SiteState;
use super::{hf_daily, listing, oai, query};

/// What all connections share with the test.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<SiteState>,
    pub(super) faults: Mutex<FaultPlan>,
    pub(super) holds: Mutex<HoldPlan>,
    pub(super) log: RequestLog,
}

/// Serves a connection until its client or a fault ends it.
pub(super) async fn serve(shared: Arc<Shared>, socket: TcpStream) -> Result<()> {
    socket.set_nodelay(true)?;
    let socket = socket.into_std()?;
    let probe = Arc::new(socket.try_clone()?);
    let (reader, mut writer) = TcpStream::from_std(socket)?.into_split();
    let mut reader = BufReader::new(reader);
    while let Some(request) = Request::read(&mut reader).await {
        let in_progress = shared.log.begin(&request, &probe);
        tokio::select! {
            goes_on = shared.respond(&request, &in_progress, &mut writer) => {
                if !goes_on? {
                    break;
                }
            }
            () = hung_up(&mut reader) => break,
        }
    }
    Ok(())
}

/// Waits until the client closes the connection.
async fn hung_up(reader: &mut (impl AsyncBufRead + Unpin)) {
    if reader.fill_buf().await.is_ok_and(|octets| !octets.is_empty()) {
        // The next request, which waits for its turn.
        std::future::pending::<()>().await;
    }
}

impl Shared {
    /// Answers a request; returns whether the connection goes on.
    async fn respond(
        &self,
        request: &Request,
        in_progress: &RequestInProgress,
        writer: &mut OwnedWriteHalf,
    ) -> Result<bool> {
        let gate = self.holds.lock().unwrap().count();
        if let Some(gate) = gate {
            gate.wait(in_progress.received()).await;
        }
        let fault = self.faults.lock().unwrap().take(request);
        let response = self.response(request, fault.as_ref());
        in_progress.set_status(response.status);
        let delivery = fault.as_ref().map_or(Delivery::AtOnce, Fault::delivery);
        deliver(&response, delivery, in_progress, writer).await?;
        Ok(!matches!(delivery, Delivery::CutOff | Delivery::ChunkCutOff))
    }

    fn response(&self, request: &Request, fault: Option<&Fault>) -> Response {
        let change = fault.and_then(Fault::page_change);
        let path = request.path.trim_start_matches(MOVED);
        assert!(change.is_none_or(|change| change.is_for(path)), "{path} has no such fault: {fault:?}");
        let state = self.state.lock().unwrap();
        let response = if request.method != "GET" {
            Response::new(405, "text/plain", "Only GET is served.").with("Allow", "GET")
        } else if path == "/api/daily_papers" {
            hf_daily::answer(&state, request, change)
        } else if path == "/oai" {
            oai::answer(&state, request, change)
        } else if path == "/api/query" {
            query::answer(&state, request, change)
        } else if let Some(category) = listing::category(path) {
            listing::answer(&state, category, request, change)
        } else {
            Response::new(404, "text/html; charset=utf-8", "<html><title>404 Not Found</title></html>\n")
        };
        drop(state);
        let response = match fault {
            Some(fault) => fault.applied_to(response, request),
            None => response,
        };
        response.encoded_for(request)
    }
}

/// Sends a response as it is to be delivered.
async fn deliver(
    response: &Response,
    delivery: Delivery,
    in_progress: &RequestInProgress,
    writer: &mut OwnedWriteHalf,
) -> Result<()> {
    let body = &response.body;
    let half = &body[..body.len() / 2];
    let of_length = || response.head(&format!("Content-Length: {}", body.len()));
    match delivery {
        Delivery::AtOnce => send_last(&[&of_length()[..], body].concat(), in_progress, writer).await,
        Delivery::After(time) => {
            pause(time).await;
            send_last(&[&of_length()[..], body].concat(), in_progress, writer).await
        }
        Delivery::Drip(time) => {
            writer.write_all(&of_length()).await?;
            for (index, octet) in body.iter().enumerate() {
                pause(time).await;
                if index + 1 == body.len() {
                    in_progress.end();
                }
                writer.write_all(&[*octet]).await?;
            }
            Ok(())
        }
        Delivery::CutOff => send_last(&[&of_length()[..], half].concat(), in_progress, writer).await,
        Delivery::ChunkCutOff => {
            let chunk = format!("{:x}\r\n", half.len());
            let head = response.head("Transfer-Encoding: chunked");
            let octets = [&head[..], chunk.as_bytes(), half, b"\r\n"].concat();
            send_last(&octets, in_progress, writer).await
        }
    }
}

/// Sends the end of a response; the request has ended before the client has all of it.
async fn send_last(
    octets: &[u8],
    in_progress: &RequestInProgress,
    writer: &mut OwnedWriteHalf,
) -> Result<()> {
    let (start, end) = octets.split_at(octets.len().saturating_sub(1));
    writer.write_all(start).await?;
    in_progress.end();
    writer.write_all(end).await
}

/// The delay of a fault.
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
