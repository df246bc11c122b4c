//! `GET /api/devices`: all devices, what vouches for each, and how far its clock is from the gateway's.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::Mark;
use crate::record::{DeviceStatus, Skew};

#[derive(Debug, Serialize)]
pub(crate) struct DeviceShape {
    device: String,
    status: DeviceStatus,
    proof: Mark,
    enrolled: i64,
    /// In microseconds; `None` before its first message.
    clock: Option<Skew>,
}

pub(super) async fn devices(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Vec<DeviceShape>>, Fault> {
    who.needs(Right::ReadPatients)?;
    let read = http.store.read(|reader| {
        let devices = reader.devices()?;
        devices
            .into_iter()
            .map(|device| Ok((reader.skew(&device.id)?, device)))
            .collect::<Result<Vec<_>, _>>()
    });
    let shapes = read.await?.into_iter().map(|(clock, device)| DeviceShape {
        device: device.id.to_string(),
        status: device.status,
        proof: Mark::from(&device.trust),
        enrolled: device.enrolled.0,
        clock,
    });
    Ok(Json(shapes.collect()))
}
