//! A report's HTML as a reader of its marks sees it: names of places, links, sections. It is read without the renderer's own code.

use evaluator::document::{Document, html};
use std::collections::BTreeSet;

/// A page.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn of(document: &Document) -> Self {
        Self(html::render(document))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    fn values(text: &str, attribute: &str) -> Vec<String> {
        let start = format!(" {attribute}=\"");
        text.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    /// Where all its links lead.
    pub(crate) fn links(&self) -> Vec<String> {
        Self::values(&self.0, "href")
    }

    /// The names of its places.
    pub(crate) fn places(&self) -> BTreeSet<String> {
        let places = Self::values(&self.0, "id");
        let unique: BTreeSet<String> = places.iter().cloned().collect();
        assert_eq!(unique.len(), places.len(), "a place stands twice");
        unique
    }

    /// What stands from a place to the next heading or row.
    pub(crate) fn at(&self, place: &str) -> &str {
        let start = self.0.find(&format!(" id=\"{place}\"")).unwrap_or_else(|| panic!("no place {place}"));
        let rest = &self.0[start..];
        let row = rest.find("</tr>").unwrap_or(rest.len());
        let ends = ["<h2", "<h3", "</main>"].map(|end| rest.find(end).unwrap_or(rest.len()));
        let section = ends.into_iter().min().unwrap();
        // A place is a row or a heading.
        let is_row = self.0[..start].ends_with("<tr");
        &rest[..if is_row { row } else { section }]
    }

    /// The entries that a stretch of the page links to; a run is told by its ends.
    pub(crate) fn entries(stretch: &str) -> BTreeSet<u64> {
        let mut entries = BTreeSet::new();
        for rest in stretch.split("href=\"#entry-").skip(1) {
            let first: u64 = rest.split('"').next().unwrap().parse().unwrap();
            let words = rest.split('>').nth(1).unwrap().split('<').next().unwrap();
            let last = words.rsplit(' ').next().unwrap().parse().unwrap();
            entries.extend(first..=last);
        }
        entries
    }

    /// Every link within the page has its place.
    pub(crate) fn leads_everywhere_it_says(&self) {
        let places = self.places();
        for link in self.links() {
            if let Some(place) = link.strip_prefix('#') {
                assert!(places.contains(place), "{link} leads nowhere");
            }
        }
    }
}
