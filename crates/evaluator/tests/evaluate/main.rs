//! A whole evaluation of the sample product: plan, forms, judgements, verdict, change, migration.

mod change;
mod migrate;
mod people;
mod sample;
mod whole;
