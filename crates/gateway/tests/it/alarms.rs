//! Alarms from the batch that raises them to the person who acknowledges them.

use gateway::LiveEvent;
use gateway::record::{Alarm, AlarmKind};
use gateway::store::Reader;
use seal::{Batch, Micros};

use crate::fixture::{RunningSite, Site, TestDevice, now, value};

const SPO2: u32 = 150_456;

fn saturation(device: &TestDevice, time: Micros, percent: &str) -> Batch {
    Batch { device: device.id.clone(), time, readings: vec![value(SPO2, "%", percent)] }
}

/// Sends one batch a second of the device's own time.
async fn send_series(site: &Site, device: &mut TestDevice, start: Micros, values: &[&str]) {
    for (second, percent) in values.iter().enumerate() {
        let batch = saturation(device, start.plus(second as i64 * 1_000_000), percent);
        let sealed = device.seal(&batch);
        site.send(device, sealed).await;
    }
}

async fn active(site: &Site) -> Vec<Alarm> {
    site.services.store.read(Reader::active_alarms).await.unwrap()
}

#[tokio::test]
async fn a_low_saturation_alarms_until_it_is_over_and_acknowledged() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let patient = site.patient("mrn-1").await;
    site.admin().associate(&device.id, patient, "bed 1", Micros(0)).await.unwrap();
    let mut live = site.services.live.listen();
    let start = now().plus(-30_000_000);

    send_series(&site, &mut device, start, &["97", "88", "87", "86", "85"]).await;
    let alarm = active(&site).await.remove(0);
    assert_eq!((alarm.kind, alarm.code, alarm.patient), (AlarmKind::Limit, Some(SPO2), Some(patient)));
    assert_eq!(alarm.text, "SpO2 low: 85 % (limit 92)");

    send_series(&site, &mut device, start.plus(5_000_000), &["97"; 5]).await;
    let cleared = active(&site).await.remove(0);
    assert!(cleared.cleared.is_some() && cleared.acknowledged.is_none());

    let (id, who) = (alarm.id, "user:nurse");
    site.services.store.write(move |writer| writer.acknowledge_alarm(id, who)).await.unwrap();
    assert_eq!(active(&site).await, []);

    let mut told = Vec::new();
    while let Ok(event) = live.try_recv() {
        if let LiveEvent::Alarm(alarm) = &*event {
            told.push((alarm.cleared.is_some(), alarm.acknowledged_by.clone()));
        }
    }
    assert_eq!(told, [(false, None), (true, None), (true, Some(who.into()))]);
}

#[tokio::test]
async fn an_alarm_survives_a_restart_and_clears_afterwards() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let patient = site.patient("mrn-1").await;
    site.admin().associate(&device.id, patient, "bed 1", Micros(0)).await.unwrap();
    let start = now().plus(-30_000_000);
    send_series(&site, &mut device, start, &["85"; 5]).await;
    site.services.store.close().await;

    let config = (*site.services.config).clone();
    let services = gateway::Services::open(config, site.services.shutdown.clone()).unwrap();
    let site = Site { services, ..site };
    assert_eq!(active(&site).await.len(), 1);
    send_series(&site, &mut device, start.plus(5_000_000), &["97"; 5]).await;
    assert!(active(&site).await.remove(0).cleared.is_some());
}

#[tokio::test]
async fn a_device_that_falls_silent_is_noticed() {
    let site = RunningSite::with(|config| {
        let built_in = include_str!("../../../../standards/clinical/alarm-limits.toml");
        let path = config.tls.key.with_file_name("alarms.toml");
        std::fs::write(&path, built_in.replace("silent_after_seconds = 15", "silent_after_seconds = 1"))
            .unwrap();
        config.alarms = Some(path);
    })
    .await
    .site;
    let device = site.device("monitor-1").await;
    let patient = site.patient("mrn-1").await;
    site.admin().associate(&device.id, patient, "bed 1", Micros(0)).await.unwrap();
    let mut live = site.services.live.listen();
    let heard = async {
        loop {
            if let LiveEvent::Alarm(alarm) = &*live.recv().await.unwrap() {
                return alarm.clone();
            }
        }
    };
    let alarm = tokio::time::timeout(std::time::Duration::from_secs(10), heard).await.expect("no alarm");
    assert_eq!((alarm.kind, alarm.patient), (AlarmKind::Silent, Some(patient)));
}

#[tokio::test]
async fn a_refused_message_raises_a_technical_alarm() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    site.send(&device, b"not a batch".to_vec()).await;
    let alarm = active(&site).await.remove(0);
    assert_eq!((alarm.kind, alarm.cleared), (AlarmKind::SealFailure, None));
    let sealed = device.next(1);
    site.send(&device, sealed).await;
    assert!(active(&site).await.remove(0).cleared.is_some());
}
