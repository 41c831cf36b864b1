//! Plans as JSON: the same plan each way.

use vodkit::{ErrorKind, Plan};

use vodkit_tests as common;

use crate::job::{plan, video};

#[test]
fn plans_survive_json_and_refuse_to_be_changed() {
    let folder = common::folder();
    let plan = plan(&common::source(&video(folder.path(), 3)));
    let json = plan.to_json();
    assert_eq!(Plan::from_json(&json).unwrap(), plan);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let renditions: Vec<_> = value["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rendition| (rendition["id"].as_str().unwrap(), rendition["segments"].as_u64().unwrap()))
        .collect();
    assert_eq!(renditions, [("240p", 1), ("144p", 1), ("audio", 1)]);
    for changed in [
        json.replace("\"240p\"", "\"../x\""),
        json.replace("\"frames\": 75", "\"frames\": 76"),
        json[..json.len() / 2].to_owned(),
        "{}".into(),
        String::new(),
    ] {
        assert_eq!(Plan::from_json(&changed).unwrap_err().kind(), ErrorKind::InvalidPlan);
    }
}
