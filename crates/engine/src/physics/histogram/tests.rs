//! Plans that travel.

use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::collect;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};
use hepframe_root_source::Caches;

use crate::cluster::wire::PhysicalCodec;
use crate::physics::with_physics;

#[tokio::test]
async fn a_plan_fills_the_same_after_it_went_over_a_wire() {
    let builder = SessionStateBuilder::new()
        .with_config(SessionConfig::new().with_target_partitions(3))
        .with_default_features();
    let context = SessionContext::new_with_state(with_physics(builder).unwrap());
    let sql = "SELECT h1(value, 4, 0, 80, value / 3.0) FILTER (WHERE value % 3 = 1) AS h, \
               h2(value, value, [0, 10.5], ['1', '2']) AS h2 FROM range(100)";
    let frame = context.sql(sql).await.unwrap();
    let plan = frame.create_physical_plan().await.unwrap();

    let codec = PhysicalCodec::new(Caches::of_metadata(0));
    let bytes = physical_plan_to_bytes_with_extension_codec(Arc::clone(&plan), &codec).unwrap();
    let task = context.task_ctx();
    let back = physical_plan_from_bytes_with_extension_codec(&bytes, &task, &codec).unwrap();

    let here = collect(plan, context.task_ctx()).await.unwrap();
    let there = collect(back, context.task_ctx()).await.unwrap();
    assert_eq!(here, there);
    let text = pretty_format_batches(&there).unwrap().to_string();
    assert!(
        text.contains("kind: weighted") && text.contains("entries: 33"),
        "{text}"
    );
}

/// Plans that no optimizer of ours has seen call the functions as they were typed.
#[tokio::test]
async fn a_plan_that_is_not_optimized_gives_the_same() {
    let sql = "SELECT h1(value, 4, -1, 80, 0.1) AS h, h1(value, [0, 1.5]) FILTER (WHERE value > 0) AS e, \
               hep_profile_if(value > 3, value, value, 2, 0, 9) AS p FROM range(100)";
    let mut texts = Vec::new();
    for optimized in [true, false] {
        let mut builder = SessionStateBuilder::new().with_default_features();
        if !optimized {
            builder = builder.with_optimizer_rules(Vec::new());
        }
        let context = SessionContext::new_with_state(with_physics(builder).unwrap());
        let rows = context.sql(sql).await.unwrap().collect().await.unwrap();
        texts.push(pretty_format_batches(&rows).unwrap().to_string());
    }

    assert_eq!(texts[0], texts[1]);
}
