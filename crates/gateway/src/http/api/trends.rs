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
use crate::http::shapes::{Readings, now};
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
                for batch in rows.iter().filter(|row| row.replaced.is_none()).filter_map(decoded) {
                    buckets.add(&Readings::numerics_of(&batch));
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
    cells: BTreeMap<u32, (String, BTreeMap<i64, Cell>)>,
}

#[derive(Debug)]
struct Cell {
    min: f64,
    max: f64,
    sum: f64,
    count: u32,
}

impl Buckets {
    fn new(from: Micros, length: i64) -> Self {
        Self { from, width: (length / limits::TREND_BUCKETS).max(1), cells: BTreeMap::new() }
    }

    fn add(&mut self, numerics: &[crate::http::shapes::Numeric]) {
        for numeric in numerics {
            let (Ok(value), true) = (numeric.v.parse::<f64>(), numeric.t >= self.from.0) else { continue };
            let (_, cells) =
                self.cells.entry(numeric.c).or_insert_with(|| (numeric.u.clone(), BTreeMap::new()));
            let at = (numeric.t - self.from.0) / self.width;
            let cell = cells.entry(at).or_insert(Cell { min: value, max: value, sum: 0.0, count: 0 });
            cell.min = cell.min.min(value);
            cell.max = cell.max.max(value);
            cell.sum += value;
            cell.count += 1;
        }
    }

    fn series(self) -> Vec<Series> {
        let (from, width) = (self.from.0, self.width);
        let one = |(code, (unit, cells)): (u32, (String, BTreeMap<i64, Cell>))| {
            let mut series = Series { code, unit, ..Series::default() };
            for (at, cell) in cells {
                series.t.push(from + at * width);
                series.min.push(cell.min);
                series.mean.push(cell.sum / f64::from(cell.count));
                series.max.push(cell.max);
            }
            series
        };
        self.cells.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::shapes::Numeric;

    #[test]
    fn a_bucket_keeps_the_extremes() {
        let numeric = |t, v: &str| Numeric { c: 7, v: v.into(), u: "/min".into(), t, f: 0 };
        let mut buckets = Buckets::new(Micros(1000), limits::TREND_BUCKETS * 10);
        buckets.add(&[numeric(999, "1"), numeric(1000, "60"), numeric(1009, "30"), numeric(1010, "90.5")]);
        let series = buckets.series();
        let expected = Series {
            code: 7,
            unit: "/min".into(),
            t: vec![1000, 1010],
            min: vec![30.0, 90.5],
            mean: vec![45.0, 90.5],
            max: vec![60.0, 90.5],
        };
        assert_eq!(series, [expected]);
    }
}
