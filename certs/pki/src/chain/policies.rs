//! Certificate policies along a path: RFC 5280, 6.1, by the graph of RFC 9618, whose size stays polynomial where the
//! older tree could be made to grow exponentially by a hostile chain.

use eush_sign::oids::Oid;

use super::PolicyInputs;
use crate::certificate::Certificate;
use crate::certificate::constraints::ANY_POLICY;

struct Node {
    policy: Oid,
    expected: Vec<Oid>,
    /// Places in the level above.
    parents: Vec<usize>,
}

/// What the path may still do, counted in certificates, and the graph; `None` is the NULL graph.
struct State {
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any: usize,
    graph: Option<Vec<Vec<Node>>>,
}

/// Whether the policies of a path hold. `path` is leaf first, anchor last; the anchor's own policies do not count.
pub(super) fn hold(path: &[Certificate], inputs: &PolicyInputs) -> bool {
    let below_anchor = &path[..path.len().saturating_sub(1)];
    let length = below_anchor.len();
    let start = |inhibited: bool| if inhibited { 0 } else { length + 1 };
    let root = Node { policy: ANY_POLICY, expected: vec![ANY_POLICY], parents: vec![] };
    let mut state = State {
        explicit_policy: start(inputs.require_explicit.is_inhibiting()),
        policy_mapping: start(inputs.mapping.is_inhibiting()),
        inhibit_any: start(inputs.any_policy.is_inhibiting()),
        graph: Some(vec![vec![root]]),
    };
    for (index, certificate) in below_anchor.iter().rev().enumerate() {
        let last = index + 1 == length;
        state.process(certificate, last);
        if state.explicit_policy == 0 && state.graph.is_none() {
            return false;
        }
        if !last {
            if !state.prepare(certificate) {
                return false;
            }
        } else {
            state.explicit_policy = state.explicit_policy.saturating_sub(1);
            if certificate.extensions().policy_constraints.require_explicit_policy == Some(0) {
                state.explicit_policy = 0;
            }
        }
    }
    state.explicit_policy > 0 || state.has_user_policy(inputs)
}

impl State {
    // 6.1.3 (d), (e).
    fn process(&mut self, certificate: &Certificate, last: bool) {
        let Some(policies) = &certificate.extensions().policies else {
            self.graph = None;
            return;
        };
        let Some(graph) = &mut self.graph else { return };
        let Some(above) = graph.last() else { return };
        let expecting = |policy: &Oid| -> Vec<usize> {
            let places = above.iter().enumerate().filter(|(_, node)| node.expected.contains(policy));
            places.map(|(place, _)| place).collect()
        };
        let mut level: Vec<Node> = Vec::new();
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let mut parents = expecting(policy);
            if parents.is_empty() {
                parents.extend(above.iter().position(|node| node.policy == ANY_POLICY));
            }
            if !parents.is_empty() {
                level.push(Node { policy: *policy, expected: vec![*policy], parents });
            }
        }
        let any_counts = self.inhibit_any > 0 || (!last && certificate.is_self_issued());
        if policies.contains(&ANY_POLICY) && any_counts {
            let wanted: Vec<Oid> = above.iter().flat_map(|node| node.expected.iter().copied()).collect();
            for policy in wanted {
                if level.iter().all(|node| node.policy != policy) {
                    level.push(Node { policy, expected: vec![policy], parents: expecting(&policy) });
                }
            }
        }
        graph.push(level);
        self.prune();
    }

    // 6.1.4 (a), (b), (h), (i), (j). False where the certificate is at fault.
    fn prepare(&mut self, certificate: &Certificate) -> bool {
        let extensions = certificate.extensions();
        let mappings = &extensions.policy_mappings;
        if mappings.iter().any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY) {
            return false;
        }
        if !mappings.is_empty() {
            self.map(mappings);
        }
        if !certificate.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        let lower = |counter: &mut usize, limit: Option<u32>| {
            if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
                *counter = (*counter).min(limit);
            }
        };
        lower(&mut self.explicit_policy, extensions.policy_constraints.require_explicit_policy);
        lower(&mut self.policy_mapping, extensions.policy_constraints.inhibit_policy_mapping);
        lower(&mut self.inhibit_any, extensions.inhibit_any_policy);
        true
    }

    fn map(&mut self, mappings: &[(Oid, Oid)]) {
        let Some(graph) = &mut self.graph else { return };
        let any_above = graph
            .len()
            .checked_sub(2)
            .and_then(|above| graph[above].iter().position(|node| node.policy == ANY_POLICY));
        let Some(level) = graph.last_mut() else { return };
        if self.policy_mapping == 0 {
            for (from, _) in mappings {
                // Emptied of parents, which `prune` takes for gone.
                level.retain(|node| node.policy != *from);
            }
            self.prune();
            return;
        }
        let mut done: Vec<Oid> = Vec::new();
        for (from, _) in mappings {
            if done.contains(from) {
                continue;
            }
            done.push(*from);
            let expected: Vec<Oid> =
                mappings.iter().filter(|pair| pair.0 == *from).map(|pair| pair.1).collect();
            if let Some(node) = level.iter_mut().find(|node| node.policy == *from) {
                node.expected = expected;
            } else if let (true, Some(parent)) =
                (level.iter().any(|node| node.policy == ANY_POLICY), any_above)
            {
                level.push(Node { policy: *from, expected, parents: vec![parent] });
            }
        }
    }

    // Takes away what has nothing below it; a graph without a root is the NULL graph.
    fn prune(&mut self) {
        let Some(graph) = &mut self.graph else { return };
        for depth in (1..graph.len()).rev() {
            let (above, below) = graph.split_at_mut(depth);
            let (Some(above), Some(below)) = (above.last_mut(), below.first_mut()) else { continue };
            let mut places = vec![None; above.len()];
            let mut kept = 0;
            for (place, new) in places.iter_mut().enumerate() {
                if below.iter().any(|node| node.parents.contains(&place)) {
                    *new = Some(kept);
                    kept += 1;
                }
            }
            let mut place = 0;
            above.retain(|_| {
                place += 1;
                places[place - 1].is_some()
            });
            for node in below {
                node.parents = node.parents.iter().filter_map(|&parent| places[parent]).collect();
            }
        }
        if graph.first().is_none_or(Vec::is_empty) {
            self.graph = None;
        }
    }

    // 6.1.5 (g): policies of the authorities' own domain, met with what the user asked for.
    fn has_user_policy(&self, inputs: &PolicyInputs) -> bool {
        let Some(graph) = &self.graph else { return false };
        let Some(last) = graph.last().filter(|level| !level.is_empty()) else { return false };
        if inputs.initial.is_any() || last.iter().any(|node| node.policy == ANY_POLICY) {
            return true;
        }
        let under_any = graph.windows(2).flat_map(|pair| {
            let (above, below) = (&pair[0], &pair[1]);
            below.iter().filter(|node| {
                node.parents.iter().any(|&place| above.get(place).is_some_and(|one| one.policy == ANY_POLICY))
            })
        });
        let mut own = under_any.filter(|node| node.policy != ANY_POLICY);
        own.any(|node| inputs.initial.contains(&node.policy))
    }
}
