//! The gateway from outside, each test with fresh keys and a folder of its own.

mod alarm_api;
mod alarms;
mod amqp;
mod attacks;
mod bedside;
mod browser;
mod fhir;
mod fhir_feed;
mod fhir_server;
mod fixture;
mod grpc_source;
mod hl7_feed;
mod hl7_listen;
mod https;
mod https_source;
mod intake_client;
mod letters;
mod mllp;
mod mqtt;
mod mqtt_broker;
mod mqtt_client;
mod overview;
mod people;
mod pipeline;
mod store;
mod tokens;
