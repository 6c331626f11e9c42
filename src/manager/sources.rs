//! Chart sources of the settings: added once they have answered, refreshed, removed. Those of the configuration are shown
//! beside them and changed nowhere. Asks no source itself: `charts` does.

use chrono::Duration;
use serde_json::json;

use super::{ReleaseManager, store_problem};
use crate::{
    charts::SourceState,
    domain::{
        actor::{Act, Actor},
        audit::NewAudit,
        names::SourceName,
        problem::{Code, Problem},
        source::{ChartSource, Login, SourceConfig, SourceOrigin},
    },
};

impl ReleaseManager {
    /// Has the sources of the settings asked from now on. One that cannot be used any more is left out.
    pub async fn load_sources(&self) -> Result<(), Problem> {
        for source in self.inner.stores.sources.list().await.map_err(store_problem)? {
            let name = source.name.clone();
            if let Err(problem) = self.inner.charts.add(source) {
                tracing::error!(source = %name, %problem, "a chart source is left out");
            }
        }
        Ok(())
    }

    /// All chart sources and how they stand.
    pub async fn chart_sources(&self, actor: &Actor) -> Result<Vec<ChartSource>, Problem> {
        actor.demand(Act::ManageSources)?;
        Ok(self.sources_now())
    }

    /// How the sources stand that charts come from, without how we get in.
    pub async fn freshness(&self, actor: &Actor) -> Result<Vec<ChartSource>, Problem> {
        actor.demand(Act::Read)?;
        let plain = |source| ChartSource { user: None, login: String::new(), own_ca: false, ..source };
        Ok(self.sources_now().into_iter().map(plain).collect())
    }

    /// How a source stands that nobody has added yet.
    pub async fn test_source(&self, actor: &Actor, source: SourceConfig) -> Result<ChartSource, Problem> {
        actor.demand(Act::ManageSources)?;
        self.tried(source.checked()?).await
    }

    /// Adds a source that answers.
    pub async fn add_source(&self, actor: &Actor, source: SourceConfig) -> Result<ChartSource, Problem> {
        actor.demand(Act::ManageSources)?;
        let source = source.checked()?;
        if self.sources_now().iter().any(|known| known.name == source.name) {
            return Err(taken(&source.name));
        }
        let stands = self.tried(source.clone()).await?;
        let facts = json!({"url": source.url.shown(), "charts": source.charts, "login": source.access.login.word()});
        let audit = NewAudit { after: facts.as_object().cloned(), ..NewAudit::of(actor, self.now(), "source.add", source.name.as_str()) };
        if !self.inner.stores.sources.add(&source, self.now(), &audit).await.map_err(store_problem)? {
            return Err(taken(&source.name));
        }
        let name = source.name.clone();
        self.inner.charts.add(source)?;
        self.inner.charts.refresh(&name).await;
        Ok(stands)
    }

    /// Asks a source now, and answers how it stands then.
    pub async fn refresh_source(&self, actor: &Actor, name: &SourceName) -> Result<ChartSource, Problem> {
        actor.demand(Act::ManageSources)?;
        let state = self.inner.charts.refresh(name).await.ok_or_else(|| not_found(name))?;
        Ok(self.source_shown(state))
    }

    /// Removes a source of the settings. Releases of its charts stay as they are.
    pub async fn remove_source(&self, actor: &Actor, name: &SourceName) -> Result<(), Problem> {
        actor.demand(Act::ManageSources)?;
        let known = self.sources_now().into_iter().find(|source| source.name == *name).ok_or_else(|| not_found(name))?;
        if known.origin == SourceOrigin::Configuration {
            let text =
                format!("The server's configuration names {name}. Take it out of PILOTHOUSE_CHART_SOURCES, then start the server anew.");
            return Err(Problem::new(Code::SourceConfigured, text));
        }
        let facts = json!({"url": known.url});
        let audit = NewAudit { before: facts.as_object().cloned(), ..NewAudit::of(actor, self.now(), "source.remove", name.as_str()) };
        let removed = self.inner.stores.sources.remove(name, &audit).await.map_err(store_problem)?;
        self.inner.charts.remove(name);
        if removed { Ok(()) } else { Err(not_found(name)) }
    }

    /// Asks a source that is not among ours; one that does not answer is refused.
    async fn tried(&self, source: SourceConfig) -> Result<ChartSource, Problem> {
        let state = self.inner.charts.probe(source).await?;
        match &state.problem {
            None => Ok(self.source_shown(state)),
            Some(problem) => Err(Problem::new(Code::InvalidSource, problem.detail.clone())),
        }
    }

    fn sources_now(&self) -> Vec<ChartSource> {
        self.inner.charts.sources().into_iter().map(|state| self.source_shown(state)).collect()
    }

    fn source_shown(&self, state: SourceState) -> ChartSource {
        let SourceState { config, origin, charts, versions, asked, answered, problem } = state;
        let now = self.now();
        let ago = |age: Option<std::time::Duration>| Some(now - Duration::from_std(age?).ok()?);
        let user = match &config.access.login {
            Login::Basic { user, .. } => Some(user.clone()),
            Login::None | Login::Bearer { .. } => None,
        };
        ChartSource {
            kind: config.url.kind(),
            url: config.url.shown(),
            login: config.access.login.word().to_owned(),
            own_ca: config.access.ca.is_some(),
            name: config.name,
            origin,
            user,
            charts,
            versions,
            asked_at: ago(asked),
            answered_at: ago(answered),
            problem: problem.map(|problem| problem.detail),
        }
    }
}

fn taken(name: &SourceName) -> Problem {
    Problem::new(Code::NameTaken, format!("There is a chart source {name} already. Choose another name, or remove that one first."))
}

fn not_found(name: &SourceName) -> Problem {
    Problem::new(Code::SourceNotFound, format!("There is no chart source {name}. Look at /settings/sources for those there are."))
}
