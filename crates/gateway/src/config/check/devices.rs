//! Sources of device adapters: adapters that there are, mappings that can be read, and what keeps strangers out.

use std::path::Path;

use adapters::Settings;

use super::Checker;
use super::files::Use;
use crate::record::Form;

impl Checker<'_> {
    pub(super) fn devices(&mut self) {
        let sources = &self.config.sources;
        for (index, source) in sources.folder.iter().enumerate() {
            let table = format!("sources.folder.{index}");
            self.adapter(&table, &source.adapter, source.mapping.as_deref());
        }
        for (index, source) in sources.serial.iter().enumerate() {
            self.adapter(&format!("sources.serial.{index}"), &source.adapter, None);
        }
        for (index, source) in sources.stream.iter().enumerate() {
            let table = format!("sources.stream.{index}");
            self.adapter(&table, &source.adapter, None);
            self.authority(&format!("{table}.clients"), source.clients.as_deref());
            self.strangers(&table, source.listen, source.plain, source.clients.is_some());
        }
        for (index, source) in sources.post.iter().enumerate() {
            let table = format!("sources.post.{index}");
            self.adapter(&table, &source.adapter, source.mapping.as_deref());
            self.authority(&format!("{table}.clients"), source.clients.as_deref());
            self.strangers(&table, source.listen, source.plain, source.clients.is_some());
        }
        for (index, source) in sources.sdc.iter().enumerate() {
            let table = format!("sources.sdc.{index}");
            self.authority(&format!("{table}.ca"), source.ca.as_deref());
            if let Some(client) = &source.client {
                self.credentials(&format!("{table}.client"), client, Use::Client);
            }
            let proven = source.ca.is_some() && source.client.is_some();
            let bare = source.ca.is_none() && source.client.is_none();
            if !(source.plain && bare || !source.plain && proven) {
                self.error(
                    &table,
                    format!("{}: both ends of SDC prove who they are, or neither does", source.name),
                    "name `ca` and `client`, or say `plain = true` and neither",
                );
            }
            let scheme = if source.plain { "http://" } else { "https://" };
            if !source.url.starts_with(scheme) {
                let problem = format!("{:?} does not begin with {scheme}", source.url);
                self.error(
                    &format!("{table}.url"),
                    problem,
                    "write the device's transport address as it tells it",
                );
            }
        }
    }

    /// The adapter that a source names, and what it is configured by.
    fn adapter(&mut self, table: &str, name: &str, config: Option<&Path>) {
        let Some(adapter) = adapters::by_name(name).filter(|it| Form::of_adapter(it.name()).is_some()) else {
            let problem = format!("there is no adapter {name:?}");
            return self.error(
                &format!("{table}.adapter"),
                problem,
                "`medseal adapter list` shows those that there are",
            );
        };
        let key = format!("{table}.mapping");
        let text = match config.map(std::fs::read_to_string).transpose() {
            Ok(text) => text,
            Err(error) => {
                let path = config.unwrap_or(Path::new("")).display();
                return self.error(&key, format!("{path}: {error}"), "name a file that the gateway may read");
            }
        };
        if let Err(error) = adapter.open(&Settings { config: text.as_deref(), device: None }) {
            let path = config.map(|path| format!("{}: ", path.display())).unwrap_or_default();
            self.error(&key, format!("{path}{error}"), "docs/adapters.md says what a mapping holds");
        }
    }
}
