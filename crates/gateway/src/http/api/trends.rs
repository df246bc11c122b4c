//! `GET /api/patients/{id}/trends?minutes=60`: each number over time, gathered into buckets.
//!
//! Computed from the sealed bytes when asked for. A bucket keeps the lowest and highest value beside the mean, so that
//! no short fall disappears when a day is shown.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use seal::Micros;
use serde::{Deserialize, Serialize};

use super::patients::allowed;
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::Principal;
use crate::http::shapes::{Numeric, Readings, now};
use crate::http::ward::decoded;
use crate::limits;
use crate::record::PatientId;
use crate::store::{BatchQuery, Order, Store, StoreError};

#[derive(Deserialize)]
pub(crate) struct Span {
    #[serde(default = "hour")]
    minutes: u32,
}

fn hour() -> u32 {
    60
}

#[derive(Serialize)]
pub(crate) struct Trends {
    from: i64,
    to: i64,
    series: Vec<Series>,
}

/// Parallel columns, one entry a bucket; empty buckets are absent.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Series {
    code: u32,
    unit: String,
    t: Vec<i64>,
    min: Vec<f64>,
    mean: Vec<f64>,
    max: Vec<f64>,
    /// Whether any value of the bucket bears no seal.
    unsealed: Vec<bool>,
    /// The flags of all values, together.
    flags: u32,
}

pub(super) async fn trends(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    Query(Span { minutes }): Query<Span>,
) -> Result<Json<Trends>, Fault> {
    let id = allowed(&http, &who, &id).await?;
    if minutes == 0 || minutes > limits::TREND_MINUTES {
        return Err(Fault::BadRequest(format!("minutes must lie between 1 and {}.", limits::TREND_MINUTES)));
    }
    let _place = http.heavy.try_acquire().map_err(|_| Fault::Busy)?;
    let to = now();
    let length = i64::from(minutes) * 60_000_000;
    let buckets = Buckets::new(to.plus(-length), length);
    let buckets = gather(&http.store, id, buckets, to).await?;
    Ok(Json(Trends { from: buckets.from.0, to: to.0, series: buckets.series() }))
}

/// Reads the batches in pages, each a read of its own, so that a long range holds no reader for long.
async fn gather(
    store: &Store,
    id: PatientId,
    mut buckets: Buckets,
    to: Micros,
) -> Result<Buckets, StoreError> {
    let mut from = buckets.from;
    loop {
        let query = BatchQuery {
            patient: Some(id),
            from: Some(from),
            to: Some(to),
            order: Order::OldestFirst,
            ..BatchQuery::default()
        };
        let (last, full);
        (buckets, last, full) = store
            .read(move |reader| {
                let rows = reader.batches(&query)?;
                for row in rows.iter().filter(|row| row.replaced.is_none()) {
                    let Some(batch) = decoded(row) else { continue };
                    buckets.add(Readings::numerics_of(&batch), row.proof.is_sealed());
                }
                Ok((buckets, rows.last().map(|row| row.time), rows.len() == limits::PAGE_ROWS))
            })
            .await?;
        match last {
            // A page full of batches of one and the same time cannot be passed otherwise.
            Some(last) if full => from = last.plus(1),
            Some(_) | None => return Ok(buckets),
        }
    }
}

#[derive(Debug)]
struct Buckets {
    from: Micros,
    width: i64,
    /// By code and unit: two devices may measure one thing in two units, which have no common mean.
    codes: BTreeMap<(u32, String), Row>,
}

/// What is gathered of one code.
#[derive(Debug, Default)]
struct Row {
    flags: u32,
    cells: BTreeMap<i64, Cell>,
}

#[derive(Debug)]
struct Cell {
    unsealed: bool,
    min: f64,
    max: f64,
    sum: f64,
    count: u32,
}

impl Buckets {
    fn new(from: Micros, length: i64) -> Self {
        Self { from, width: (length / limits::TREND_BUCKETS).max(1), codes: BTreeMap::new() }
    }

    fn add(&mut self, numerics: impl IntoIterator<Item = Numeric>, sealed: bool) {
        for numeric in numerics.into_iter().filter(|numeric| numeric.t >= self.from.0) {
            let value = numeric.v.to_f64();
            let row = self.codes.entry((numeric.c, numeric.u.to_string())).or_default();
            row.flags |= numeric.f;
            let at = (numeric.t - self.from.0) / self.width;
            let empty = Cell { unsealed: false, min: value, max: value, sum: 0.0, count: 0 };
            let cell = row.cells.entry(at).or_insert(empty);
            cell.unsealed |= !sealed;
            cell.min = cell.min.min(value);
            cell.max = cell.max.max(value);
            cell.sum += value;
            cell.count += 1;
        }
    }

    fn series(self) -> Vec<Series> {
        let (from, width) = (self.from.0, self.width);
        let one = |((code, unit), row): ((u32, String), Row)| {
            let mut series = Series { code, unit, flags: row.flags, ..Series::default() };
            for (at, cell) in row.cells {
                series.unsealed.push(cell.unsealed);
                series.t.push(from + at * width);
                series.min.push(cell.min);
                series.mean.push(cell.sum / f64::from(cell.count));
                series.max.push(cell.max);
            }
            series
        };
        self.codes.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_keeps_the_extremes_and_what_is_to_be_said_of_them() {
        let numeric =
            |t, v: &str| Numeric { c: 7, v: v.parse().unwrap(), u: "/min".parse().unwrap(), t, f: 0 };
        let mut buckets = Buckets::new(Micros(1000), limits::TREND_BUCKETS * 10);
        buckets.add([numeric(999, "1"), numeric(1000, "60"), numeric(1010, "90.5")], true);
        buckets.add([Numeric { f: 2, ..numeric(1009, "30") }], false);
        let series = buckets.series();
        let expected = Series {
            code: 7,
            unit: "/min".into(),
            t: vec![1000, 1010],
            min: vec![30.0, 90.5],
            mean: vec![45.0, 90.5],
            max: vec![60.0, 90.5],
            unsealed: vec![true, false],
            flags: 2,
        };
        assert_eq!(series, [expected]);
    }
}
