//! Paths by name and key identifier. Nothing is verified here, and the search is bounded.

use super::{ChainPolicy, Rules};
use crate::certificate::Certificate;
use crate::trust::Trust;

const MAX_PATHS: usize = 16;
const MAX_STEPS: usize = 512;

/// Every path from the certificate to an anchor, best candidates first, at most [`MAX_PATHS`].
pub(super) fn paths(
    leaf: &Certificate,
    trust: &Trust,
    supplied: &[Certificate],
    policy: &ChainPolicy,
) -> Vec<Vec<Certificate>> {
    if trust.anchors().contains(leaf) {
        return vec![vec![leaf.clone()]];
    }
    let mut search = Search {
        trust,
        supplied,
        rules: policy.rules,
        limit: policy.max_length,
        steps: MAX_STEPS,
        found: Vec::new(),
    };
    search.extend(&mut vec![leaf.clone()]);
    search.found
}

struct Search<'a> {
    trust: &'a Trust,
    supplied: &'a [Certificate],
    rules: Rules,
    limit: usize,
    steps: usize,
    found: Vec<Vec<Certificate>>,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<Certificate>) {
        let Some(top) = path.last().cloned() else { return };
        if path.len() >= self.limit {
            return;
        }
        for anchor in self.trust.anchors().iter().filter(|anchor| can_issue(anchor, &top, self.rules)) {
            if self.found.len() < MAX_PATHS {
                self.found.push(path.iter().chain([anchor]).cloned().collect());
            }
        }
        let (known, supplied, rules) = (self.trust.intermediates(), self.supplied, self.rules);
        for candidate in known.iter().chain(supplied).filter(|candidate| can_issue(candidate, &top, rules)) {
            if self.found.len() >= MAX_PATHS || self.steps == 0 {
                return;
            }
            self.steps -= 1;
            // The same name with the same key twice in one path leads nowhere new.
            let known = |one: &Certificate| {
                one.subject_dn() == candidate.subject_dn() && one.spki() == candidate.spki()
            };
            if path.iter().any(known) || self.trust.anchors().contains(candidate) {
                continue;
            }
            path.push(candidate.clone());
            self.extend(path);
            path.pop();
        }
    }
}

/// Whether the names fit, and the key identifiers where both are there.
pub(super) fn can_issue(issuer: &Certificate, subject: &Certificate, rules: Rules) -> bool {
    let (offered, wanted) = (issuer.subject_dn(), subject.issuer_dn());
    let same = match rules {
        Rules::Kz => offered == wanted,
        Rules::Rfc5280 => offered.canonical() == wanted.canonical(),
    };
    if !same {
        return false;
    }
    let wanted = subject.extensions().authority_key_id.as_ref().and_then(|id| id.key_id.as_deref());
    match (wanted, issuer.extensions().subject_key_id.as_deref()) {
        (Some(wanted), Some(offered)) => wanted == offered,
        (None, _) | (_, None) => true,
    }
}
