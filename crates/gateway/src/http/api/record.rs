//! `GET /api/patients/{id}/record`: the patient's sealed batches as they were received, in the file that
//! `medseal verify` checks (docs/formats.md, "Record").
//!
//! Readings that bear no seal are not in it: there is nothing in them that a checker could check. A batch that was put right
//! to another patient is in the record of that one.
//!
//! Sent page by page as it is read, so that a long record needs no memory. When reading fails midway the
//! connection breaks off: a browser then shows a failed download, never a shorter file.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use seal::DeviceId;
use seal::record::{Header, Writer};
use tokio::sync::OwnedSemaphorePermit;

use crate::audit::{Action, Entry};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::limits;
use crate::record::{BatchId, PatientId};
use crate::store::{BatchQuery, Order, Reader, Rows, Store, StoreError};

pub(super) async fn record(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    who.needs(Right::ReadPatients)?;
    let id: PatientId = id.parse().map_err(|_| Fault::NotFound("such patient"))?;
    let place = http.heavy.clone().try_acquire_owned().map_err(|_| Fault::Busy)?;
    let (header, devices) =
        http.store.read(move |reader| head(reader, id)).await?.ok_or(Fault::NotFound("such patient"))?;
    http.audit(Entry::done(who.actor(), Action::ExportRecord, format!("patient {id}"))).await;
    let spool = Spool::default();
    let writer = Writer::begin(spool.clone(), &header).map_err(|error| Fault::Record(error.to_string()))?;
    let export =
        Export { store: http.store, patient: id, devices, after: None, spool, writer, _place: place };
    let body = Body::from_stream(stream::try_unfold(export, |mut export| async move {
        let chunk = export.next().await?;
        Ok::<_, io::Error>(chunk.map(|chunk| (chunk, export)))
    }));
    let headers = [
        (CONTENT_TYPE, "application/jsonl".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"patient-{id}.medseal-record\"")),
    ];
    Ok((headers, body).into_response())
}

/// The record's certificates, and the devices that have ever been with the patient.
fn head(reader: &Reader, id: PatientId) -> Result<Option<(Header, VecDeque<DeviceId>)>, StoreError> {
    if reader.patient(id)?.is_none() {
        return Ok(None);
    }
    let ids: BTreeSet<DeviceId> = reader.associations_of(id)?.into_iter().map(|one| one.device).collect();
    let mut header = Header { makers: reader.makers()?, devices: Vec::new() };
    for device in &ids {
        let known = reader.device(device)?;
        let enrolment = known.as_ref().and_then(|known| known.trust.enrolment());
        header.devices.extend(enrolment.map(|enrolment| enrolment.seal_certificate.clone()));
    }
    Ok(Some((header, ids.into_iter().collect())))
}

/// A record being sent: one device after the other, each in the order of its counters, which is that of its commits.
struct Export {
    store: Store,
    patient: PatientId,
    devices: VecDeque<DeviceId>,
    after: Option<BatchId>,
    spool: Spool,
    writer: Writer<Spool>,
    _place: OwnedSemaphorePermit,
}

impl Export {
    /// The next bytes; `None` after the last.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let ready = self.spool.take();
            if !ready.is_empty() {
                return Ok(Some(ready));
            }
            let Some(device) = self.devices.front().cloned() else { return Ok(None) };
            let query = BatchQuery {
                device: Some(device),
                rows: Rows::Sealed,
                after: self.after,
                order: Order::OldestFirst,
                limit: limits::RECORD_PAGE,
                ..BatchQuery::default()
            };
            let read = move |reader: &Reader| {
                let rows = reader.batches(&query)?;
                let patients =
                    rows.iter().map(|row| reader.patient_of(row)).collect::<Result<Vec<_>, _>>()?;
                Ok((rows, patients))
            };
            let (rows, patients) = self.store.read(read).await.map_err(io::Error::other)?;
            self.after = rows.last().map(|row| row.id);
            if rows.len() < limits::RECORD_PAGE {
                self.devices.pop_front();
                self.after = None;
            }
            for (row, _) in rows.iter().zip(patients).filter(|(_, of)| *of == Some(self.patient)) {
                self.writer.add(&row.bytes).map_err(io::Error::other)?;
            }
        }
    }
}

/// Where the writer puts what is to be sent next.
#[derive(Clone, Debug, Default)]
struct Spool(Arc<Mutex<Vec<u8>>>);

impl Spool {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
