//! One pod of a release: its containers, what one of them writes, and what happened to it. The log follows by itself
//! where scripts run.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::crumbs;
use crate::{
    api::resources::{LogChoice, PodLook, see_pod},
    domain::{
        pod_log::{LogLine, MOST_LINES, PodLog, USUAL_LINES},
        release::Release,
        resource::{Container, ContainerState},
    },
    ui::{
        address::{self, encode, given, href},
        live::on_line,
        parts::{
            happenings::Happenings,
            loaded::Loaded,
            log::LogLines,
            page_head::PageHead,
            problem::ProblemNote,
            sheet::Sheet,
            state::{Mark, State, health_mark},
            tabs::Tabs,
            when::When,
        },
    },
};

/// The page.
#[component]
pub fn PodPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let (place, pod) = params.with(|params| (address::place(params), params.get("pod").unwrap_or_default()));
        let choice = query.with(|query| LogChoice {
            container: given(query, "container"),
            previous: given(query, "previous").is_some(),
            tail: given(query, "tail").and_then(|tail| tail.parse().ok()),
        });
        (place, pod, choice)
    });
    let look = Resource::new(move || wanted.get(), |(place, pod, choice)| see_pod(place, pod, choice));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look choice=wanted.get_untracked().2/> }.into_any()/>
    }
}

#[component]
fn Shown(look: PodLook, choice: LogChoice) -> impl IntoView {
    let PodLook { release, pod, events, log } = look;
    let inside = pod.pod.clone();
    let path = format!("{}/pods/{}", release.path(), encode(&pod.name));
    let containers = inside.as_ref().map(|pod| pod.containers.clone()).unwrap_or_default();
    let lines: Vec<AnyView> = containers.iter().cloned().map(|container| line(container, &path)).collect();
    let mut way = crumbs(&release, false);
    way = view! { {way} " / " <a href=format!("{}/resources", release.path())>"Resources"</a> }.into_any();
    view! {
        <PageHead title=format!("Pod {}", pod.name) crumbs=way>
            <span class="strong"><State mark=health_mark(pod.health) word=pod.health.as_str()/></span>
            {pod.reason.clone().map(|reason| view! { <span>{reason}</span> })}
            {inside.as_ref().map(|pod| view! { <span>"phase " <b>{pod.phase.clone()}</b></span> })}
            {inside.and_then(|pod| pod.node).map(|node| view! { <span>"on " <code>{node}</code></span> })}
            {pod.created_at.map(|at| view! { <span>"made " <When at/></span> })}
        </PageHead>
        <Sheet title="Containers">
            <ul class="rows containers">{lines}</ul>
        </Sheet>
        <PodLogView release name=pod.name containers log choice path/>
        <Sheet title="Events"><Happenings events/></Sheet>
    }
}

fn line(container: Container, path: &str) -> AnyView {
    let mark = match (container.state, container.ready, container.restarts) {
        (ContainerState::Running, true, _) => Mark::Good,
        (ContainerState::Running, false, _) => Mark::Busy,
        (ContainerState::Waiting, _, restarts) => {
            if restarts > 0 {
                Mark::Bad
            } else {
                Mark::Warn
            }
        }
        (ContainerState::Ended, ..) => Mark::Gone,
    };
    let last = container.last.map(|last| {
        let how = if last.reason.is_empty() {
            format!("exit code {}", last.exit_code)
        } else {
            format!("{}, exit code {}", last.reason, last.exit_code)
        };
        let href = href(path, &[("container", &container.name), ("previous", "1")]);
        view! {
            <span class="muted">" Ended before: " {how} " " {last.at.map(|at| view! { <When at/> })} " "</span>
            <a class="link" href=href>"its log"</a>
        }
    });
    view! {
        <li>
            <State mark word=container.state.as_str()/>
            <span class="what">
                <b>{container.name.clone()}</b> " " <code class="muted">{container.image}</code>
                {container.init.then(|| view! { " " <span class="tag">"init"</span> })}
                {(container.restarts > 0).then(|| view! { " " <span class="tag warn">{format!("{} restarts", container.restarts)}</span> })}
                {container.reason.map(|reason| view! { <span>{format!(" {reason}")}</span> })}
                {last}
            </span>
            <span class="muted by">{container.since.map(|at| view! { <When at/> })}</span>
        </li>
    }
    .into_any()
}

/// The log of one container, with a tab for each.
#[component]
fn PodLogView(
    release: Release,
    name: String,
    containers: Vec<Container>,
    log: Result<PodLog, crate::domain::problem::Problem>,
    choice: LogChoice,
    path: String,
) -> impl IntoView {
    let tail = choice.tail.unwrap_or(USUAL_LINES);
    let tail_text = choice.tail.map(|tail| tail.to_string()).unwrap_or_default();
    let shown = log.as_ref().map(|log| log.container.clone()).ok().or(choice.container.clone()).unwrap_or_default();
    let mut tabs = Vec::new();
    for container in &containers {
        let here = container.name == shown;
        tabs.push((container.name.clone(), href(&path, &[("container", &container.name), ("tail", &tail_text)]), here && !choice.previous));
        if container.restarts > 0 {
            let href = href(&path, &[("container", &container.name), ("previous", "1"), ("tail", &tail_text)]);
            tabs.push((format!("{} before", container.name), href, here && choice.previous));
        }
    }
    let more = (tail < MOST_LINES).then(|| {
        let before = if choice.previous { "1" } else { "" };
        let href = href(&path, &[("container", &shown), ("previous", before), ("tail", &MOST_LINES.to_string())]);
        view! { <a class="link" href=href>{format!("up to {MOST_LINES} lines")}</a> }
    });
    let (what, body) = match log {
        Err(problem) => (String::new(), view! { <ProblemNote problem/> }.into_any()),
        Ok(log) => {
            let what = format!("the newest {tail} lines at most{}", if log.cut { ", cut at 1 MiB" } else { "" });
            let running = containers.iter().any(|one| one.name == shown && one.state == ContainerState::Running);
            let lines = RwSignal::new(log.lines);
            if running && !choice.previous {
                let address = format!("/api/v1/helm/releases/{}/pods/{}/log/follow", release.id, encode(&name));
                on_line(href(&address, &[("container", &shown), ("tail", &tail.to_string())]), move |line: LogLine| {
                    let _ = lines.try_update(|lines| {
                        // What the page began with comes once more.
                        if lines.last().is_none_or(|last| last.at < line.at) {
                            lines.push(line);
                        }
                        if lines.len() > MOST_LINES as usize {
                            lines.remove(0);
                        }
                    });
                });
            }
            (what, view! { <LogLines lines=lines.into()/> }.into_any())
        }
    };
    view! {
        <section class="sheet">
            <header>
                <Tabs label="Logs of the containers" tabs/>
                <span class="aside muted">{what} " " {more}</span>
            </header>
            {body}
        </section>
    }
}
