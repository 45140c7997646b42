//! The manifests against the types that the Kubernetes project publishes: what is read must be all
//! that was written, since an unknown or misspelt field is dropped in silence.

use std::path::Path;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PodTemplateSpec, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubernetes");
    std::fs::read_to_string(folder.join(name)).expect(name)
}

/// Every field that is in `written` must be in `read`; the types write defaults besides.
fn lost(path: &str, written: &Value, read: &Value) -> Vec<String> {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => written
            .iter()
            .flat_map(|(name, value)| match read.get(name) {
                Some(read) => lost(&format!("{path}.{name}"), value, read),
                None => vec![format!("{path}.{name} is no field of this kind")],
            })
            .collect(),
        (Value::Array(written), Value::Array(read)) if written.len() == read.len() => {
            let pairs = written.iter().zip(read).enumerate();
            pairs.flat_map(|(i, (a, b))| lost(&format!("{path}[{i}]"), a, b)).collect()
        }
        (written, read) if written == read => Vec::new(),
        (written, read) => vec![format!("{path}: {written} was read as {read}")],
    }
}

fn check<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, Vec<String>> {
    let say = |why: serde_yaml_ng::Error| vec![why.to_string()];
    let written: Value = serde_yaml_ng::from_str(text).map_err(say)?;
    let typed: T = serde_yaml_ng::from_str(text).map_err(say)?;
    let read = serde_json::to_value(&typed).map_err(|why| vec![why.to_string()])?;
    let lost = lost("", &written, &read);
    if lost.is_empty() { Ok(typed) } else { Err(lost) }
}

fn read<T: DeserializeOwned + Serialize>(name: &str) -> T {
    check(&text(name)).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
}

fn labels(template: &PodTemplateSpec) -> std::collections::BTreeMap<String, String> {
    template.metadata.clone().and_then(|m| m.labels).expect("labels")
}

#[test]
fn the_manifests_are_of_the_published_types_and_name_each_other() {
    let set: StatefulSet = read("statefulset.yaml");
    let service: Service = read("service.yaml");
    let budget: PodDisruptionBudget = read("poddisruptionbudget.yaml");
    let job: Job = read("job.yaml");
    let config: ConfigMap = read("configmap.yaml");

    let set = set.spec.expect("a spec");
    assert_eq!(set.service_name, service.metadata.name);
    let labels = labels(&set.template);
    assert_eq!(set.selector.match_labels.as_ref(), Some(&labels));
    let service = service.spec.expect("a spec");
    assert_eq!(service.selector.as_ref(), Some(&labels));
    assert_eq!(service.cluster_ip.as_deref(), Some("None"), "headless");
    let budget = budget.spec.expect("a spec").selector.and_then(|s| s.match_labels);
    assert_eq!(budget.as_ref(), Some(&labels));

    let pod = set.template.spec.expect("a pod");
    let container = &pod.containers[0];
    assert!(container.readiness_probe.is_some() && container.liveness_probe.is_some());
    let mounts: Vec<_> = container.volume_mounts.iter().flatten().map(|m| m.name.as_str()).collect();
    let claims = set.volume_claim_templates.iter().flatten().filter_map(|c| c.metadata.name.as_deref());
    let volumes = pod.volumes.iter().flatten().map(|v| v.name.as_str());
    let mut there: Vec<_> = claims.chain(volumes).collect();
    there.sort_unstable();
    let mut wanted = mounts.clone();
    wanted.sort_unstable();
    assert_eq!(there, wanted);

    let join = job.spec.expect("a spec").template.spec.expect("a pod");
    assert_eq!(join.containers[0].image, container.image);
    let files = config.data.expect("files");
    assert!(files.contains_key("redis.conf") && files.contains_key("join.sh"));
    let all = text("kustomization.yaml");
    for name in ["statefulset", "service", "poddisruptionbudget", "job", "configmap"] {
        assert!(all.contains(&format!("- {name}.yaml")), "{name}");
    }
}

/// The test's own test.
#[test]
fn a_misspelt_field_and_a_wrong_type_are_seen() {
    let good = text("statefulset.yaml");
    assert!(check::<StatefulSet>(&good).is_ok());
    let misspelt = good.replace("readinessProbe", "readynessProbe");
    assert!(check::<StatefulSet>(&misspelt).expect_err("misspelt")[0].contains("readynessProbe"));
    assert!(check::<StatefulSet>(&good.replace("replicas: 6", "replicas: six")).is_err());
    assert!(check::<Job>(&good).is_err());
}
