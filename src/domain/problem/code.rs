//! The kinds of problems: a stable word for each, its HTTP status and its name. Says nothing about one problem: [`super`] does.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $title:literal;)*) => {
        /// The stable word for a kind of problem. Clients may rely on it; texts may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The HTTP status that goes with the code.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The short, constant name of the problem.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

impl Code {
    /// Whether somebody did not answer without whom nothing goes on, so that it may go on by itself once they do.
    pub fn is_outage(self) -> bool {
        matches!(self, Self::ClusterUnreachable | Self::ChartSourceUnreachable | Self::StoreUnavailable)
    }
}

codes! {
    /// The request could not be read.
    InvalidRequest = 400, "The request could not be read";
    /// A name breaks its rules.
    InvalidName = 422, "That name cannot be used";
    /// A password that is too short or too long, or not the present one.
    InvalidPassword = 422, "That password cannot be used";
    /// Each part can be read, and together they mean nothing.
    InvalidCombination = 422, "Those do not go together";
    /// Values are not a map, not YAML, or too deep.
    InvalidValues = 422, "Those values cannot be used";
    /// Values above the limit.
    ValuesTooLarge = 413, "Those values are too large";
    /// A request body above the limit.
    PayloadTooLarge = 413, "The request is too large";
    /// Nobody is signed in.
    NotSignedIn = 401, "Not signed in";
    /// The actor's role does not allow it.
    Forbidden = 403, "Not allowed";
    /// The request came from another site.
    CrossSite = 403, "Refused: the request came from another site";
    /// Too many attempts to sign in.
    TooManyAttempts = 429, "Too many attempts";
    /// No such page or route.
    NotFound = 404, "Not found";
    /// No such tenant, or not visible.
    TenantNotFound = 404, "No such tenant";
    /// No such release, or not visible.
    ReleaseNotFound = 404, "No such release";
    /// No such operation, or not visible.
    OperationNotFound = 404, "No such operation";
    /// No such account, or not visible.
    UserNotFound = 404, "No such account";
    /// No such API token, or not visible.
    TokenNotFound = 404, "No such API token";
    /// An account or a token of that name is there already.
    NameTaken = 409, "That name is taken";
    /// The account changed since its editor looked.
    UserMoved = 409, "The account has changed";
    /// Nobody could administer the platform any more.
    LastAdmin = 409, "The last admin stays";
    /// Signing in through the identity provider did not work.
    SignInFailed = 401, "The sign-in did not work";
    /// The identity provider did not answer.
    IdentityProviderUnreachable = 502, "The identity provider cannot be reached";
    /// The release has no such revision.
    RevisionNotFound = 404, "No such revision";
    /// The chart brings no tests.
    NoTests = 409, "There is nothing to test";
    /// The release has no such pod.
    PodNotFound = 404, "No such pod";
    /// A container has not written such a log, or not yet.
    LogMissing = 409, "There is no such log";
    /// A pod's node did not answer.
    NodeUnreachable = 503, "The node cannot be reached";
    /// What is secret in a revision could not be hidden in time.
    HidingTooSlow = 503, "It took too long to hide what is secret";
    /// No value is hidden there.
    NothingHidden = 404, "Nothing is hidden there";
    /// No source has such a chart.
    ChartNotFound = 404, "No such chart";
    /// The chart has no such version.
    ChartVersionNotFound = 404, "No such chart version";
    /// More than one source has a chart of that name.
    ChartAmbiguous = 409, "More than one source has that chart";
    /// The namespace does not belong to the tenant.
    NamespaceNotOfTenant = 422, "That namespace is not the tenant's";
    /// The release's namespace belongs to no tenant.
    ReleaseUnassigned = 409, "The release belongs to no tenant";
    /// The namespace is the system's, or Pilothouse's own.
    NamespaceReserved = 422, "That namespace cannot be a tenant's";
    /// The namespace exists or belongs to a tenant already.
    NamespaceTaken = 409, "That namespace is taken";
    /// The namespace still holds releases.
    NamespaceInUse = 409, "The namespace still holds releases";
    /// A tenant of that slug exists.
    TenantExists = 409, "A tenant of that slug exists";
    /// The tenant still has releases.
    TenantInUse = 409, "The tenant still has releases";
    /// An act that wants a reason has none.
    ReasonMissing = 422, "A reason is needed";
    /// The tenant is frozen.
    TenantFrozen = 409, "The tenant is frozen";
    /// The tenant is retired.
    TenantRetired = 409, "The tenant is retired";
    /// The tenant's service account could not be proven to be the one that Helm acts as.
    TenantAccessMissing = 409, "The tenant's service account cannot be used";
    /// A chart reaches for what is not its tenant's.
    OutsideTenant = 403, "The chart reaches outside of its tenant";
    /// An install over a living release.
    ReleaseExists = 409, "A release of that name exists";
    /// A change to a release that is not installed.
    ReleaseNotInstalled = 409, "The release is not installed";
    /// Another operation is queued or running for the release.
    OperationInProgress = 409, "Another operation is in progress";
    /// The operation has ended already.
    OperationSettled = 409, "The operation has ended already";
    /// The release moved on since its author looked.
    RevisionMoved = 409, "The release has moved on";
    /// An `If-Match` that names another state than the present one.
    PreconditionFailed = 412, "It has changed since it was looked at";
    /// The same idempotency key with another request.
    IdempotencyKeyReused = 422, "That idempotency key was used for another request";
    /// There is no earlier revision that deployed.
    NothingToRollBackTo = 409, "Nothing to roll back to";
    /// The release's record would exceed what a Secret can hold.
    ReleaseTooLarge = 422, "The release is too large to be stored";
    /// The API server did not answer.
    ClusterUnreachable = 503, "The cluster cannot be reached";
    /// A chart source did not answer, or not with a chart index.
    ChartSourceUnreachable = 502, "The chart source cannot be reached";
    /// No such chart source.
    SourceNotFound = 404, "No such chart source";
    /// The source is the configuration's.
    SourceConfigured = 409, "The server's configuration names that source";
    /// A chart source that cannot be one, or that did not answer when it was to be added.
    InvalidSource = 422, "That chart source cannot be used";
    /// A chart archive is not acceptable.
    ChartRejected = 422, "The chart was rejected";
    /// The database did not answer.
    StoreUnavailable = 503, "The database cannot be reached";
    /// A maintenance window that cannot be read, never opens, or is one too many.
    InvalidWindow = 422, "That maintenance window cannot be used";
    /// No such preview, not visible, or run out.
    PreviewNotFound = 404, "No such preview";
    /// What was previewed is not what would be done now.
    PreviewStale = 409, "The preview no longer holds";
    /// A batch does what was previewed when its turn comes, and nobody beside it.
    PreviewOfBatch = 409, "The preview is part of a batch";
    /// No such batch, or not visible.
    BatchNotFound = 404, "No such batch";
    /// The batch does not stand where that could be done.
    BatchMoved = 409, "The batch does not allow that now";
    /// No such saved selection, or not visible.
    SelectionNotFound = 404, "No such saved selection";
    /// A batch that cannot be one.
    InvalidBatch = 422, "That batch cannot be made";
    /// A selection that cannot be one.
    InvalidSelection = 422, "That selection cannot be used";
    /// A selection takes no release that could be changed.
    NothingSelected = 422, "Nothing is selected";
    /// No such webhook.
    WebhookNotFound = 404, "No such webhook";
    /// No such notice, or not for that webhook, or forgotten by now.
    NoticeNotFound = 404, "No such notice";
    /// A webhook that cannot be one.
    InvalidWebhook = 422, "That webhook cannot be used";
    /// A webhook whose receiver is gone for good.
    WebhookDisabled = 409, "The webhook is disabled";
    /// The release has not been checked for drift.
    DriftUnknown = 404, "Not checked yet";
    /// More checks for drift than are carried out at a time.
    TooManyChecks = 429, "Too many checks";
    /// More looks at what runs, or more followed logs, than there may be at a time.
    TooManyLooks = 429, "Too many looks";
    /// More previews than are rendered, or may wait for it, at a time.
    TooManyPreviews = 429, "Too many previews";
    /// Helm cannot render the chart with these values.
    RenderFailed = 422, "The chart cannot be rendered";
    /// Helm ended with an error that has no code of its own.
    HelmFailed = 500, "Helm reported an error";
    /// A hook of the chart failed.
    HookFailed = 500, "A hook failed";
    /// A test of the chart failed.
    TestFailed = 500, "A test failed";
    /// Workloads did not become ready in time.
    NotReady = 500, "Not ready in time";
    /// The cluster refused an object of the chart.
    ClusterRefused = 500, "The cluster refused a change";
    /// The operation's deadline passed.
    DeadlineExceeded = 504, "The deadline passed";
    /// Somebody cancelled the operation.
    Cancelled = 409, "Cancelled";
    /// The server stopped during the operation.
    Interrupted = 500, "Interrupted";
    /// A fault of ours.
    Internal = 500, "Something went wrong inside Pilothouse";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
