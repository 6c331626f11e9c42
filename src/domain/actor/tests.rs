//! The table of rights, cell by cell, and how far an actor reaches.

use super::*;

#[test]
fn each_role_may_do_what_its_row_says_and_nothing_else() {
    let table = [
        // act, admin, support, viewer
        (Act::Read, [true, true, true]),
        (Act::SeeUnassigned, [true, true, false]),
        (Act::SeeBatches, [true, true, false]),
        (Act::ReadAudit, [true, true, true]),
        (Act::CheckDrift, [true, true, false]),
        (Act::Change, [true, false, false]),
        (Act::Reveal, [true, false, false]),
        (Act::RunBatches, [true, false, false]),
        (Act::ManageTenants, [true, false, false]),
        (Act::ManagePeople, [true, false, false]),
        (Act::ManageSources, [true, false, false]),
        (Act::ManageWebhooks, [true, false, false]),
    ];
    assert_eq!(table.map(|(act, _)| act), Act::ALL, "a row for every act");
    for (act, row) in table {
        for (role, allowed) in Role::ALL.into_iter().zip(row) {
            let actor = Actor::person("p", role, vec![], Door::Api);
            assert_eq!(actor.may(act), allowed, "{role:?} {act:?}");
            assert_eq!(actor.demand(act).is_ok(), allowed, "{role:?} {act:?}");
        }
    }
}

#[test]
fn only_a_trusted_gateway_speaks_for_somebody_else() {
    let plain = Actor::person("ci", Role::Admin, vec![], Door::Api).by_token("ci", false);
    assert!(plain.clone().speaking_for("eve").is_err());
    assert_eq!(plain.speaking_for("ci").unwrap().name(), "ci");
    let gateway = Actor::person("gateway", Role::Viewer, vec![], Door::Api).by_token("gateway", true);
    assert!(gateway.clone().speaking_for("").is_err());
    assert!(gateway.clone().speaking_for("a\nb").is_err());
    let spoken = gateway.speaking_for("mia").unwrap();
    assert_eq!((spoken.name(), spoken.via(), spoken.role()), ("mia", Some("gateway"), Role::Viewer));
}

#[test]
fn an_admin_within_some_tenants_changes_there_and_manages_nothing_of_the_whole_platform() {
    let (here, there) = (TenantId(uuid::Uuid::from_u128(1)), TenantId(uuid::Uuid::from_u128(2)));
    let admin = Actor::person("ci", Role::Admin, vec![], Door::Api);
    let narrow = admin.clone().narrowed(Role::Admin, &Reach::Tenants(vec![here]));
    assert_eq!((narrow.role(), narrow.reach()), (Role::Admin, &Reach::Tenants(vec![here])));
    for act in Act::ALL {
        let expected = matches!(act, Act::Read | Act::ReadAudit | Act::CheckDrift | Act::Change | Act::Reveal);
        assert_eq!(narrow.may(act), expected, "{act:?}");
        assert_eq!(narrow.demand(act).is_ok(), expected, "{act:?}");
    }
    assert_eq!(admin.within(here), narrow);
    assert_eq!(narrow.clone().within(there).reach(), &Reach::Tenants(vec![]));
    assert_eq!(narrow.narrowed(Role::Support, &Reach::All).reach(), &Reach::Tenants(vec![here]), "never wider");
}

#[test]
fn narrowing_never_gives_more() {
    for own in Role::ALL {
        for asked in Role::ALL {
            let narrow = Actor::person("p", own, vec![], Door::Api).narrowed(asked, &Reach::All);
            assert!(narrow.role().within(own) && narrow.role().within(asked), "{own:?} {asked:?}");
            for act in Act::ALL {
                assert!(!narrow.role().may(act) || own.may(act), "{own:?} {asked:?} {act:?}");
            }
        }
    }
}

#[test]
fn whoever_is_spoken_for_has_no_hold_on_the_gateways_account() {
    let account = UserId(uuid::Uuid::nil());
    let gateway = Actor::person("gateway", Role::Admin, vec![], Door::Api).of_account(account).by_token("gateway", true);
    assert_eq!(gateway.account(), Some(account));
    assert_eq!(gateway.speaking_for("mia").unwrap().account(), None);
}

#[test]
fn a_viewer_of_no_tenant_reaches_nothing() {
    assert_eq!(Actor::person("p", Role::Viewer, vec![], Door::Api).reach(), &Reach::Tenants(vec![]));
}
