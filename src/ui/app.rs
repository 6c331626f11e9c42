//! The app: which page answers which address. Pages with data are rendered whole before they are sent.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use super::{
    frame,
    pages::{
        account::AccountPage,
        audit::AuditPage,
        batches::{board::BatchPage, list::BatchesPage, new::NewBatchPage},
        charts::{ChartPage, ChartsPage},
        fleet::FleetPage,
        not_found::NotFound,
        operations::{OperationPage, OperationsPage},
        preview::PreviewPage,
        release::{
            DriftPage, PodPage, ReleasePage, ResourcesPage, RevealPage, RollbackPage, TestPage, UninstallPage, UpgradePage, ValuesPage,
        },
        releases::ReleasesPage,
        settings::{SourcesPage, TokensPage, UserPage, UsersPage, WebhookPage, WebhooksPage},
        sign_in::SignInPage,
        tenants::{EditTenantPage, GivePage, InstallPage, NewTenantPage, TenantPage, TenantsPage},
        values::ValueSearchPage,
    },
    parts::ticks,
    shell::Frame,
};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    frame::provide();
    ticks::provide();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Pilothouse".into() } else { format!("{title} · Pilothouse") }/>
        <Router>
            <Frame>
                <Routes fallback=NotFound>
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                    <Route path=path!("/") view=FleetPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants") view=TenantsPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/new") view=NewTenantPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug") view=TenantPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/edit") view=EditTenantPage ssr=SsrMode::Async/>
                    // Where refused forms of a tenant's page are answered.
                    <Route path=path!("/tenants/:slug/hold") view=TenantPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/namespaces") view=TenantPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/install") view=InstallPage ssr=SsrMode::Async/>
                    // Where a refused preview is answered.
                    <Route path=path!("/tenants/:slug/install/preview") view=InstallPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name") view=ReleasePage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/upgrade") view=UpgradePage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/upgrade/preview") view=UpgradePage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/rollback") view=RollbackPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/rollback/preview") view=RollbackPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/uninstall") view=UninstallPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/reveal") view=RevealPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/test") view=TestPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/drift") view=DriftPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/resources") view=ResourcesPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/pods/:pod") view=PodPage ssr=SsrMode::Async/>
                    <Route path=path!("/tenants/:slug/releases/:namespace/:name/values") view=ValuesPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/namespaces/:name") view=GivePage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name") view=ReleasePage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/drift") view=DriftPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/upgrade") view=UpgradePage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/upgrade/preview") view=UpgradePage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/rollback") view=RollbackPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/rollback/preview") view=RollbackPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/uninstall") view=UninstallPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/values") view=ValuesPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/test") view=TestPage ssr=SsrMode::Async/>
                    <Route path=path!("/unassigned/releases/:namespace/:name/reveal") view=RevealPage ssr=SsrMode::Async/>
                    <Route path=path!("/releases") view=ReleasesPage ssr=SsrMode::Async/>
                    <Route path=path!("/values") view=ValueSearchPage ssr=SsrMode::Async/>
                    <Route path=path!("/operations") view=OperationsPage ssr=SsrMode::Async/>
                    <Route path=path!("/operations/:id") view=OperationPage ssr=SsrMode::Async/>
                    // Where a refused wish to cancel is answered.
                    <Route path=path!("/operations/:id/cancel") view=OperationPage ssr=SsrMode::Async/>
                    <Route path=path!("/previews/:id") view=PreviewPage ssr=SsrMode::Async/>
                    <Route path=path!("/batches") view=BatchesPage ssr=SsrMode::Async/>
                    <Route path=path!("/batches/new") view=NewBatchPage ssr=SsrMode::Async/>
                    // Where refused forms of saved selections are answered.
                    <Route path=path!("/batches/new/save") view=NewBatchPage ssr=SsrMode::Async/>
                    <Route path=path!("/batches/new/remove") view=NewBatchPage ssr=SsrMode::Async/>
                    <Route path=path!("/batches/:id") view=BatchPage ssr=SsrMode::Async/>
                    <Route path=path!("/batches/:id/:verb") view=BatchPage ssr=SsrMode::Async/>
                    <Route path=path!("/charts") view=ChartsPage ssr=SsrMode::Async/>
                    <Route path=path!("/charts/:source/:chart") view=ChartPage ssr=SsrMode::Async/>
                    <Route path=path!("/charts/:source/:chart/:version") view=ChartPage ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                    // Where forms of the account and the settings are answered.
                    <Route path=path!("/account/password") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/sign-out") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/tokens") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/tokens/:id") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users") view=UsersPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users/:id") view=UserPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users/:id/password") view=UserPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/users/:id/sign-out") view=UserPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/sources") view=SourcesPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/sources/:name") view=SourcesPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/webhooks") view=WebhooksPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/webhooks/:id") view=WebhookPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/tokens") view=TokensPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/tokens/:id") view=TokensPage ssr=SsrMode::Async/>
                </Routes>
            </Frame>
        </Router>
    }
}
