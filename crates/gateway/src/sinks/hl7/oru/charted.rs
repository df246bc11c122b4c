//! What was charted, on its way to the destination.

use std::borrow::Cow;

use clinical::dialect::Dialect;

use crate::limits;
use crate::record::{Journal, Place, Wire};
use crate::sinks::hl7::Kind;
use crate::sinks::outbox::{Item, Message, Work};
use crate::store::{Chart, Reader, StoreError};

/// What an interval feed sends.
pub(super) struct Charted {
    pub(super) destination: String,
    pub(super) dialect: Dialect,
}

impl Kind for Charted {
    fn journal(&self) -> Journal {
        Journal::Charts
    }

    fn page(&self, reader: &Reader, after: Place, _sending: Place) -> Result<Vec<Item>, StoreError> {
        let charts = reader.charts(&self.destination, after, limits::FEED_PAGE)?;
        Ok(charts.into_iter().map(item).collect())
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        let chart = reader.charts(&self.destination, Place(place.0.saturating_sub(1)), 1)?.into_iter().next();
        let chart = chart.filter(|chart| chart.place == place);
        Ok(chart.map_or(Work::LayAside("the chart is gone".into()), |chart| item(chart).work))
    }

    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
        let taken_back = reader.chart_taken_back(&self.destination, place)?;
        Ok(taken_back.then_some("its readings were another patient's"))
    }

    fn encode<'t>(&self, text: &'t str) -> Cow<'t, [u8]> {
        self.dialect.encode(text)
    }
}

fn item(chart: Chart) -> Item {
    let Chart { place, patient, message } = chart;
    let work = match message {
        Ok(text) => match Wire::Hl7v2.name_of(&text) {
            Ok(name) => Work::Send(vec![Message { name, text }]),
            Err(why) => Work::LayAside(why.into()),
        },
        Err(reason) => Work::LayAside(reason.into()),
    };
    // What is in none of them was counted when they were charted.
    Item::whole(place, patient, work)
}
