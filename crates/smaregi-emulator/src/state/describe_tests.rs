//! The built-in tables fit the catalogue.

use super::*;

#[test]
fn every_name_in_the_tables_exists() {
    let known = |name: &str| assert!(tables().get(name).is_some(), "{name}");
    for spec in tables().iter() {
        spec.parent.iter().for_each(|parent| known(parent));
        spec.references.iter().for_each(|reference| known(&reference.table));
        spec.members.iter().for_each(|member| known(&member.table));
        assert!(!spec.key.is_empty(), "{}", spec.name);
    }
    assert_eq!(tables().names.len(), tables().list.len(), "no name twice");
}
