//! What the house foresees is in one table, whichever of the two it was in before.

use crate::fixture::{Folder, at, path};
use model::DeviceId;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use store::{ForecastFilter, Forget, KeptForecast, KeptPrediction, Record, Store};

/// The first version in which both are one.
const ONE: i64 = 18;

/// A database of the version before, with a house in it.
async fn before(folder: &Folder) -> SqliteConnection {
    let folder_of = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut steps = Migrator::new(std::path::Path::new(folder_of))
        .await
        .unwrap();
    steps.migrations.to_mut().retain(|step| step.version < ONE);
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    steps.run(&mut connection).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO house (house_id, uuid, epoch, clean, created_at) \
         VALUES (7, '01890a5d-ac96-774b-bcce-b302099a8057', 1, 1, 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection
}

fn happening(outcome: Option<&str>, from: i64) -> KeptPrediction {
    KeptPrediction {
        model: "routines".to_owned(),
        subject: "away person workday".to_owned(),
        claim: serde_json::json!({"leaves": true}),
        chance: 0.8,
        made: at(from - 3_600),
        from: at(from),
        until: at(from + 1_800),
        outcome: outcome.map(str::to_owned),
        scored: outcome.map(|_| at(from + 1_800)),
    }
}

fn figure(device: DeviceId, actual: Option<f64>, from: i64) -> KeptForecast {
    KeptForecast {
        model: "energy_day".to_owned(),
        device,
        path: path("ElectricalEnergyMeasurement.energy_imported"),
        made: at(from - 3_600),
        from: at(from),
        due: at(from + 86_400),
        value: 4.5,
        plain: Some(4.0),
        basis: 14,
        actual,
        scored: actual.map(|_| at(from + 86_400)),
    }
}

async fn all(store: &Store) -> (Vec<KeptPrediction>, Vec<KeptForecast>) {
    let happenings = store.foreseen(None, 100).await.unwrap();
    let figures = store
        .forecasts(&ForecastFilter::default(), 100)
        .await
        .unwrap();
    (happenings, figures)
}

#[tokio::test]
async fn what_was_in_two_tables_is_in_one() {
    let folder = Folder::new();
    let mut connection = before(&folder).await;
    let device = DeviceId::new();
    let (came, waits) = (happening(Some("hit"), 0), happening(None, 86_400));
    for (n, kept) in [&came, &waits].into_iter().enumerate() {
        sqlx::query(
            "INSERT INTO predictions (prediction_id, house_id, model, subject, claim, chance, made_at, from_at, \
             until_at, outcome, scored_at) VALUES ($1, 7, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(format!("p{n}"))
        .bind(&kept.model)
        .bind(&kept.subject)
        .bind(kept.claim.to_string())
        .bind(kept.chance)
        .bind(kept.made.as_microsecond())
        .bind(kept.from.as_microsecond())
        .bind(kept.until.as_microsecond())
        .bind(&kept.outcome)
        .bind(kept.scored.map(|at| at.as_microsecond()))
        .execute(&mut connection)
        .await
        .unwrap();
    }
    let (scored, open) = (figure(device, Some(5.0), 0), figure(device, None, 86_400));
    for kept in [&scored, &open] {
        sqlx::query(
            "INSERT INTO forecasts (house_id, model, device_id, path, made_at, from_at, due_at, value, plain, \
             basis, actual, scored_at) VALUES (7, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&kept.model)
        .bind(kept.device.to_string())
        .bind(kept.path.to_string())
        .bind(kept.made.as_microsecond())
        .bind(kept.from.as_microsecond())
        .bind(kept.due.as_microsecond())
        .bind(kept.value)
        .bind(kept.plain)
        .bind(kept.basis)
        .bind(kept.actual)
        .bind(kept.scored.map(|at| at.as_microsecond()))
        .execute(&mut connection)
        .await
        .unwrap();
    }
    connection.close().await.unwrap();

    let (store, _) = folder.lead().await;
    let kept = (vec![waits, came], vec![open.clone(), scored]);
    assert_eq!(all(&store).await, kept);
    let due = store.forecasts_due(at(1_000_000), 10).await.unwrap();
    assert_eq!(due, [open]);

    // What waited is scored in its place; what is foreseen again is not there twice.
    let waits = happening(Some("miss"), 86_400);
    let open = figure(device, Some(6.0), 86_400);
    let records = vec![
        Record::Prediction(Box::new(waits.clone())),
        Record::Forecast(Box::new(open.clone())),
        Record::Forecast(Box::new(figure(device, None, 86_400))),
    ];
    store.keep(records).await.unwrap();
    let (happenings, figures) = all(&store).await;
    assert_eq!((happenings.len(), figures.len()), (2, 2));
    assert_eq!((&happenings[0], &figures[0]), (&waits, &open));
    let right = store.accuracy(at(-86_400)).await.unwrap();
    let of: Vec<_> = right
        .iter()
        .map(|(model, day)| (model.as_str(), day.scored, day.error))
        .collect();
    assert_eq!(of, [("energy_day", 1, 0.5), ("energy_day", 1, 1.5)]);

    // And it is forgotten by one rule.
    let gone = store.forget(Forget::Predictions, at(87_000)).await;
    assert_eq!(gone.unwrap(), 2);
    let (happenings, figures) = all(&store).await;
    assert_eq!((happenings, figures), (vec![waits], vec![open]));
}
