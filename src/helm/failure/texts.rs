//! Genuine last words of Helm 4.3.1 against Kubernetes 1.36, what they mean, and what must stand in the sentence.

use super::*;

/// Error text, code, a part of the sentence.
const TEXTS: &[(&str, Code, &str)] = &[
    ("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", Code::OperationInProgress, "Somebody else"),
    ("Error: UPGRADE FAILED: release: already exists", Code::OperationInProgress, "Somebody else"),
    (
        "Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use",
        Code::ReleaseExists,
        "another name",
    ),
    ("Error: UPGRADE FAILED: \"nope\" has no deployed releases", Code::ReleaseNotInstalled, "install it again"),
    ("Error: release: not found", Code::ReleaseNotInstalled, "install it again"),
    ("Error: uninstall: Release not loaded: nope: release: not found", Code::ReleaseNotInstalled, "install it again"),
    ("Error: release has no 77 version", Code::RevisionNotFound, "revision 77"),
    ("Error: UPGRADE FAILED: context canceled", Code::Interrupted, "from outside"),
    ("Error: failed to delete release: web", Code::ClusterRefused, "could not delete"),
    // Values.
    (
        "Error: INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\nraw:\n- at '/m': additional properties 'hunter2' not allowed\n- at '/n': got string, want integer\n",
        Code::InvalidValues,
        "at /m and /n.",
    ),
    (
        "Error: INSTALLATION FAILED: failed to parse -: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: found unexpected end of stream",
        Code::InvalidValues,
        "could not read",
    ),
    // Size.
    (
        "Error: INSTALLATION FAILED: create: failed to create: Secret \"sh.helm.release.v1.big.v1\" is invalid: data: Too long: may not be more than 1048576 bytes",
        Code::ReleaseTooLarge,
        "more than 1 MiB",
    ),
    (
        "Error: INSTALLATION FAILED: create: failed to create: Request entity too large: limit is 3145728",
        Code::ReleaseTooLarge,
        "more than 1 MiB",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/bigcm /v1, Kind=ConfigMap: ConfigMap \"bigcm\" is invalid: []: Too long: may not be more than 1048576 bytes",
        Code::ClusterRefused,
        "ConfigMap/bigcm is not valid",
    ),
    // Hooks.
    (
        "Error: UPGRADE FAILED: pre-upgrade hooks failed: resource Job/t1/qe-query-engine-migrate-schema not ready. status: Failed, message: Job Failed. failed: 1/1",
        Code::HookFailed,
        "pre-upgrade hook Job/qe-query-engine-migrate-schema failed",
    ),
    (
        "Error: INSTALLATION FAILED: failed pre-install: resource Job/t4/h3 not ready. status: InProgress, message: Job in progress\ncontext deadline exceeded",
        Code::HookFailed,
        "pre-install hook Job/h3 did not end in time",
    ),
    ("Error: resource Job/t4/h4 not ready. status: Failed, message: Job Failed. failed: 1/1", Code::HookFailed, "hook Job/h4 failed"),
    (
        "Error: uninstallation completed with 1 error(s): resource Job/t4/h6 not ready. status: Failed, message: Job Failed. failed: 1/1",
        Code::HookFailed,
        "hook Job/h6 failed",
    ),
    (
        "Error: INSTALLATION FAILED: failed pre-install: warning: Hook pre-install raw/templates/o.yaml failed: server-side apply failed for object t4/hk /v1, Kind=ConfigMap: failed to create typed patch object (t4/hk; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}",
        Code::HookFailed,
        "pre-install hook could not be created. ConfigMap/hk does not fit its kind",
    ),
    // Not ready.
    (
        "Error: UPGRADE FAILED: resource Deployment/t1/web not ready. status: InProgress, message: Updated: 1/2\ncontext deadline exceeded",
        Code::NotReady,
        "Deployment/web did not become ready in time",
    ),
    (
        "Error: release web failed: resource Deployment/t1/web not ready. status: InProgress, message: Updated: 1/2\nresource StatefulSet/t1/db not ready. status: InProgress, message: Ready: 0/1\ncontext deadline exceeded",
        Code::NotReady,
        "Deployment/web and StatefulSet/db did not",
    ),
    (
        "Error: uninstallation completed with 1 error(s): resource ConfigMap/t4/fin still exists. status: Terminating, message: Resource scheduled for deletion\ncontext deadline exceeded",
        Code::NotReady,
        "ConfigMap/fin did not go away",
    ),
    ("Error: UPGRADE FAILED: context deadline exceeded", Code::NotReady, "in time"),
    // Refused.
    (
        "Error: UPGRADE FAILED: conflict occurred while applying object t3/d apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas",
        Code::ClusterRefused,
        "“kubectl” has set the field .spec.replicas of Deployment/d",
    ),
    (
        "Error: UPGRADE FAILED: server-side apply failed for object t3/d apps/v1, Kind=Deployment: Deployment.apps \"d\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"hunter2\"}}: field is immutable",
        Code::ClusterRefused,
        "A field of Deployment/d cannot be changed",
    ),
    (
        "Error: UPGRADE FAILED: server-side apply failed for object t3/svc /v1, Kind=Service: Service \"svc\" is invalid: [spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services]",
        Code::ClusterRefused,
        "Service/svc is not valid",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/d apps/v1, Kind=Deployment: failed to create typed patch object (t3/d; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string",
        Code::ClusterRefused,
        "Deployment/d does not fit its kind",
    ),
    (
        "Error: INSTALLATION FAILED: unable to continue with install: ConfigMap \"other\" in namespace \"t3\" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \"Helm\"",
        Code::ClusterRefused,
        "ConfigMap/other exists already",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/q2 /v1, Kind=ConfigMap: configmaps \"q2\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=3, limited: configmaps=3\nserver-side apply failed for object t3/q3 /v1, Kind=ConfigMap: configmaps \"q3\" is forbidden: exceeded quota: q, requested: configmaps=1",
        Code::ClusterRefused,
        "quota q is used up: ConfigMap/q2",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/p /v1, Kind=Pod: pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": privileged (container \"c\" must not set securityContext.privileged=true)",
        Code::ClusterRefused,
        "Pod Security level (restricted) forbids Pod/p",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/whk /v1, Kind=ServiceAccount: Internal error occurred: failed calling webhook \"deny.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/deny?timeout=2s\": dial tcp 127.0.0.1:1: connect: connection refused",
        Code::ClusterRefused,
        "webhook deny.example.com about ServiceAccount/whk",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t3/x /v1, Kind=Pod: admission webhook \"deny.example.com\" denied the request: password hunter2 is bad\nError: another",
        Code::ClusterRefused,
        "webhook deny.example.com denied Pod/x",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object t4/vap /v1, Kind=ConfigMap: configmaps \"vap\" is forbidden: ValidatingAdmissionPolicy 'h-deny' with binding 'h-deny' denied request: no vap",
        Code::ClusterRefused,
        "policy h-deny denied ConfigMap/vap",
    ),
    (
        "Error: INSTALLATION FAILED: create: failed to create: secrets is forbidden: User \"system:serviceaccount:t3:default\" cannot create resource \"secrets\" in API group \"\" in the namespace \"t3\"",
        Code::ClusterRefused,
        "may not create secrets",
    ),
    (
        "Error: uninstall: Release not loaded: imm: query: failed to query with labels: secrets is forbidden: User \"system:serviceaccount:t3:default\" cannot list resource \"secrets\" in API group \"\" in the namespace \"t3\"",
        Code::ClusterRefused,
        "may not list secrets",
    ),
    // Outside of the tenant.
    (
        "Error: INSTALLATION FAILED: unable to continue with install: could not get information about the resource ClusterRoleBinding \"stray\" in namespace \"\": clusterrolebindings.rbac.authorization.k8s.io \"stray\" is forbidden: User \"system:serviceaccount:a:pilothouse-tenant\" cannot get resource \"clusterrolebindings\" in API group \"rbac.authorization.k8s.io\" at the cluster scope",
        Code::OutsideTenant,
        "wants to get clusterrolebindings of the whole cluster",
    ),
    (
        "Error: INSTALLATION FAILED: unable to continue with install: could not get information about the resource ConfigMap \"stray\" in namespace \"b\": configmaps \"stray\" is forbidden: User \"system:serviceaccount:a:pilothouse-tenant\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"b\"",
        Code::OutsideTenant,
        "wants to get configmaps in the namespace b",
    ),
    (
        "Error: INSTALLATION FAILED: template: stray/templates/x.yaml:4:14: executing \"stray/templates/x.yaml\" at <lookup \"v1\" \"Secret\" \"b\" \"db\">: error calling lookup: secrets \"db\" is forbidden: User \"system:serviceaccount:a:pilothouse-tenant\" cannot get resource \"secrets\" in API group \"\" in the namespace \"b\"",
        Code::OutsideTenant,
        "wants to get secrets in the namespace b",
    ),
    (
        "Error: UPGRADE FAILED: stray/templates/x.yaml:4:14\n  executing \"stray/templates/x.yaml\" at <lookup>:\n    error calling lookup: secrets is forbidden: User \"system:serviceaccount:a:pilothouse-tenant\" cannot list resource \"secrets\" in API group \"\" at the cluster scope",
        Code::OutsideTenant,
        "wants to list secrets of the whole cluster",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object a/stray rbac.authorization.k8s.io/v1, Kind=RoleBinding: rolebindings.rbac.authorization.k8s.io \"stray\" is forbidden: user \"system:serviceaccount:a:pilothouse-tenant\" (groups=[\"system:serviceaccounts\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}",
        Code::OutsideTenant,
        "hands out rights",
    ),
    (
        "Error: INSTALLATION FAILED: server-side apply failed for object a/pilothouse /v1, Kind=ResourceQuota: resourcequotas \"pilothouse\" is forbidden: User \"system:serviceaccount:a:pilothouse-tenant\" cannot patch resource \"resourcequotas\" in API group \"\" in the namespace \"a\"",
        Code::ClusterRefused,
        "may not patch resourcequotas",
    ),
    ("Error: INSTALLATION FAILED: create: failed to create: namespaces \"nons\" not found", Code::ClusterRefused, "no namespace nons"),
    (
        "Error: INSTALLATION FAILED: unable to build kubernetes objects from release manifest: resource mapping not found for name: \"x\" namespace: \"\" from \"\": no matches for kind \"Foo\" in version \"example.com/v1\"\nensure CRDs are installed first",
        Code::ClusterRefused,
        "does not know the kind Foo",
    ),
    (
        "Error: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: the server has asked for the client to provide credentials",
        Code::ClusterRefused,
        "credentials",
    ),
    // Unreachable.
    (
        "Error: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: Get \"https://127.0.0.1:1/version\": dial tcp 127.0.0.1:1: connect: connection refused",
        Code::ClusterUnreachable,
        "did not answer",
    ),
    (
        "Error: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: Get \"https://nohost.invalid/version\": dial tcp: lookup nohost.invalid on 10.255.255.53:53: no such host",
        Code::ClusterUnreachable,
        "did not answer",
    ),
    // The chart.
    (
        "Error: INSTALLATION FAILED: execution error at (raw/templates/o.yaml:5:25): password is hunter2",
        Code::HelmFailed,
        "template raw/templates/o.yaml:5:25 cannot",
    ),
    (
        "Error: INSTALLATION FAILED: parse error at (raw/templates/b.yaml:1): missing value for if",
        Code::HelmFailed,
        "raw/templates/b.yaml:1 ",
    ),
    (
        "Error: INSTALLATION FAILED: YAML parse error on raw/templates/b.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context",
        Code::HelmFailed,
        "raw/templates/b.yaml ",
    ),
    (
        "Error: INSTALLATION FAILED: raw/templates/b.yaml:1:10\n  executing \"raw/templates/b.yaml\" at <.Values.x.y.z>:\n    nil pointer evaluating interface {}.y",
        Code::HelmFailed,
        "raw/templates/b.yaml:1:10 ",
    ),
    (
        "Error: INSTALLATION FAILED: chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.36.3",
        Code::ChartRejected,
        "Kubernetes (1.36.3)",
    ),
    (
        "Error: INSTALLATION FAILED: an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: foo",
        Code::ChartRejected,
        "lacks charts",
    ),
    (
        "Error: INSTALLATION FAILED: file '/tmp/junk.tgz' does not appear to be a gzipped archive; got 'application/octet-stream'",
        Code::ChartRejected,
        "archive",
    ),
    ("Error: INSTALLATION FAILED: something that Helm 5 will say, with hunter2 in it", Code::HelmFailed, "cannot explain"),
];

#[test]
fn every_known_text_has_its_code_and_its_sentence() {
    for (text, code, part) in TEXTS {
        let failure = Failure::of(text);
        assert_eq!(failure.code, *code, "{text}\n→ {}", failure.message);
        assert!(failure.message.contains(part), "{text}\n→ {}", failure.message);
    }
}

#[test]
fn every_sentence_is_one_and_holds_no_word_of_the_chart() {
    for (text, ..) in TEXTS {
        let message = Failure::of(text).message;
        assert!(message.ends_with('.') && message.starts_with(|c: char| c.is_uppercase() || c == '“'), "{message}");
        assert!(message.len() < 400 && !message.contains('\n') && !message.contains("hunter2"), "{message}");
    }
}

#[test]
fn words_that_a_chart_quotes_from_helm_are_not_taken_for_helms() {
    for text in [
        "Error: INSTALLATION FAILED: execution error at (raw/templates/o.yaml:5:25): another operation (install/upgrade/rollback) is in progress",
        "Error: INSTALLATION FAILED: execution error at (raw/templates/o.yaml:5:25): Secret \"a\" is invalid: field is immutable",
        "Error: UPGRADE FAILED: the chart says: release: not found",
        "Error: UPGRADE FAILED: the chart says: pre-upgrade hooks failed: resource Job/a/b not ready. status: Failed, message: x",
        "Error: INSTALLATION FAILED: execution error at (raw/templates/o.yaml:5:25): secrets is forbidden: User \"system:serviceaccount:a:b\" cannot list resource \"secrets\" in API group \"\" at the cluster scope",
        "Error: UPGRADE FAILED: say resource Deployment/a/b not ready. status: Failed, message: x",
    ] {
        assert_eq!(Failure::of(text).code, Code::HelmFailed, "{text}");
    }
}

#[test]
fn what_is_not_a_name_is_left_out_of_the_sentence() {
    let text =
        "Error: UPGRADE FAILED: pre-upgrade hooks failed: resource Job/t1/hunter2 is my password not ready. status: Failed, message: x";
    let failure = Failure::of(text);
    assert_eq!((failure.code, failure.message.contains("hunter2")), (Code::HookFailed, false), "{}", failure.message);
    let text = "Error: INSTALLATION FAILED: server-side apply failed for object t3/HUNTER2 /v1, Kind=ConfigMap: ConfigMap \"HUNTER2\" is invalid: metadata.name";
    assert!(Failure::of(text).message.contains("an object of the chart is not valid"), "{}", Failure::of(text).message);
}

#[test]
fn the_first_error_counts_and_its_words_are_bounded() {
    let file = |text: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("err");
        std::fs::write(&path, text).unwrap();
        of_file(&File::open(path).unwrap())
    };
    let text = format!(
        "{}level=INFO msg=\"a\\nError: forged\"\nError: UPGRADE FAILED: é{}\nError: release: not found\n",
        "x\n".repeat(300_000),
        "é".repeat(20_000)
    );
    let failure = file(&text).unwrap();
    assert_eq!(failure.code, Code::HelmFailed);
    assert!(failure.raw.starts_with("Error: UPGRADE FAILED: é") && failure.raw.len() <= RAW, "{}", failure.raw.len());
    assert_eq!(file("level=INFO msg=fine\n"), None);
    assert_eq!(file(""), None);
}

#[test]
fn our_own_stop_is_told_apart_from_a_signal_of_somebody_else() {
    let failure = Failure::of("Error: UPGRADE FAILED: context canceled");
    assert!(failure.is_by_signal());
    assert_eq!(failure.clone().stopped(Stop::Cancel).code, Code::Cancelled);
    assert_eq!(failure.stopped(Stop::Deadline).code, Code::DeadlineExceeded);
    assert!(Failure::without_words(ExitStatus::from_raw(15)).is_by_signal());
    assert!(!Failure::of("Error: release: not found").is_by_signal());
}
