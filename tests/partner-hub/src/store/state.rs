//! The partners and what belongs to them.

use std::collections::HashMap;
use std::sync::Arc;

use partner_api::types::{Channel, ClientAccount, Partner};
use tokio::time::Instant;

use crate::seed::extra::Extra;
use crate::seed::generator::Generator;
use crate::seed::partner::{CredentialOverrides, PartnerCredentials};
use crate::seed::random::mix;
use crate::store::outbox::Outbox;
use crate::store::rows::{ChangeRequestRow, ClientRow};
use crate::store::stored::Source;
use crate::store::table::Table;

/// A partner and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct PartnerState {
    pub(crate) credentials: PartnerCredentials,
    pub(crate) partner: Partner,
    pub(crate) extra: Extra,
    pub(crate) clients: Table<ClientRow>,
    /// The requests to move a client to this partner.
    pub(crate) change_requests: Table<ChangeRequestRow>,
}

/// All partners. The first is the one whose credentials the emulator prints.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) generator: Generator,
    pub(crate) partners: Vec<PartnerState>,
    /// The channels of clients, generated when they are first read.
    pub(super) channels: HashMap<String, Vec<(Channel, Extra)>>,
    /// The keys of channels, by channel.
    pub(crate) channel_keys: HashMap<String, ChannelKey>,
    /// The migrations in progress.
    pub(crate) pending: Vec<Pending>,
    /// The events of the partners.
    pub(crate) outbox: Outbox,
    /// How many numbers [`Self::next_number`] has returned.
    added: u64,
}

/// The valid key of a channel.
#[derive(Clone, Debug)]
pub(crate) struct ChannelKey {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) key: String,
}

/// A migration in progress.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) due: Instant,
    /// The partner that approved it.
    pub(crate) partner_id: String,
    pub(crate) id: String,
}

const PARTNERS: u64 = 3;

/// Keeps the numbers of inserted rows apart from those of rows generated at the start.
const INSERTED: u64 = 1 << 36;

impl PartnerState {
    pub(crate) fn new(credentials: PartnerCredentials, partner: Partner, extra: Extra) -> Self {
        Self {
            credentials,
            partner,
            extra,
            clients: Table::new(),
            change_requests: Table::new(),
        }
    }
}

impl State {
    /// A state without partners.
    pub(crate) fn empty(generator: Generator) -> Self {
        Self {
            generator,
            partners: Vec::new(),
            channels: HashMap::new(),
            channel_keys: HashMap::new(),
            pending: Vec::new(),
            outbox: Outbox::default(),
            added: 0,
        }
    }

    /// Generates the partners, the first with this many clients and these credentials.
    pub(crate) fn new(generator: Generator, clients: u32, first: &CredentialOverrides) -> Self {
        let clients = u64::from(clients);
        let others = 12 + clients / 20;
        let mut state = Self::empty(generator);
        let mut number = 0;
        for nth in 0..PARTNERS {
            let count = if nth == 0 { clients } else { others };
            let mut credentials = generator.credentials(nth);
            let (mut partner, extra) = generator.partner(nth);
            if nth == 0 {
                first.apply(&mut credentials);
                partner.id = Some(credentials.partner_id.as_str().into());
            }
            let mut partner = PartnerState::new(credentials, partner, extra);
            for client in number..number + count {
                insert_generated(&mut partner.clients, generator, client);
            }
            number += count;
            state.partners.push(partner);
        }
        state.generate_change_requests(clients, others);
        state
    }

    /// Generates requests to move clients of the other partners to the first, requests that moved
    /// some of its clients, and requests to move clients of the second partner to the third.
    fn generate_change_requests(&mut self, clients: u64, others: u64) {
        let generator = self.generator;
        let [first, second, third] = &mut self.partners[..] else {
            return;
        };
        let id = |partner: &PartnerState| partner.credentials.partner_id.clone();
        let (first_id, second_id, third_id) = (id(first), id(second), id(third));
        let row = |number, client, source: &str, target: &str, status| {
            let (request, extra) = generator.change_request(number, client, source, target, status);
            ChangeRequestRow { request, extra }
        };
        for nth in 0..others {
            let number = nth * 4;
            let of_second = clients + nth;
            let of_third = clients + others + nth;
            let (target, row) = match nth % 6 {
                0 => {
                    let row = row(number, of_second, &second_id, &first_id, "created");
                    (&mut *first, row)
                }
                1 => {
                    let row = row(number + 1, of_third, &third_id, &first_id, "created");
                    (&mut *first, row)
                }
                2 => {
                    let row = row(number + 2, of_third, &third_id, &first_id, "failed");
                    (&mut *first, row)
                }
                3 => {
                    let row = row(number + 3, of_second, &second_id, &third_id, "created");
                    (&mut *third, row)
                }
                4 if nth < clients => {
                    let mut row = row(number + 1, nth, &second_id, &first_id, "completed");
                    row.request.is_full_migration = Some(true);
                    row.extra.remove("is_full_migration");
                    row.request.target_client_id = None;
                    (&mut *first, row)
                }
                _ => continue,
            };
            target.change_requests.insert(row);
        }
    }

    pub(crate) fn partner(&self, id: &str) -> Option<&PartnerState> {
        self.partners
            .iter()
            .find(|partner| partner.credentials.partner_id == id)
    }

    pub(crate) fn partner_mut(&mut self, id: &str) -> Option<&mut PartnerState> {
        self.partners
            .iter_mut()
            .find(|partner| partner.credentials.partner_id == id)
    }

    /// The partner with this id, or the first.
    fn partner_or_first(&mut self, id: Option<&str>) -> Option<&mut PartnerState> {
        let named = |partner: &PartnerState| Some(partner.credentials.partner_id.as_str()) == id;
        let index = self.partners.iter().position(named).unwrap_or_default();
        self.partners.get_mut(index)
    }

    /// The partner that a client belongs to.
    pub(crate) fn owner(&self, client_id: &str) -> Option<&PartnerState> {
        let has = |partner: &&PartnerState| partner.clients.get(client_id).is_some();
        self.partners.iter().find(has)
    }

    /// The same, to change it.
    pub(crate) fn owner_mut(&mut self, client_id: &str) -> Option<&mut PartnerState> {
        self.partners
            .iter_mut()
            .find(|partner| partner.clients.get(client_id).is_some())
    }

    /// Adds a client to a partner, in place of one with the same id, and returns its id, which is
    /// generated if it has none.
    pub(crate) fn insert_client(
        &mut self,
        partner_id: &str,
        mut account: ClientAccount,
        extra: Extra,
    ) -> String {
        let number = self.next_inserted();
        let known = account.id.take().filter(|id| !id.as_str().is_empty());
        let id = known.unwrap_or_else(|| self.generator.client_id(number));
        if let Some(owner) = self.owner_mut(id.as_str()) {
            owner.clients.remove(id.as_str());
        }
        account.id = Some(id.clone());
        if let Some(partner) = self.partner_mut(partner_id) {
            partner.clients.insert(ClientRow {
                account,
                extra,
                number: None,
            });
        }
        id.into()
    }

    /// The channels of a client, or `None` if no partner has the client.
    pub(crate) fn channels(&mut self, client_id: &str) -> Option<&mut Vec<(Channel, Extra)>> {
        let number = self.owner(client_id)?.clients.get(client_id)?.row().number;
        let generator = self.generator;
        Some(
            self.channels
                .entry(client_id.to_owned())
                .or_insert_with(|| match number {
                    Some(number) => generator.channels(number, client_id),
                    None => Vec::new(),
                }),
        )
    }

    /// The number of clients of all partners.
    pub(crate) fn client_count(&self) -> usize {
        self.partners
            .iter()
            .map(|partner| partner.clients.len())
            .sum()
    }

    /// Adds generated clients to the partner with this id, or the first.
    pub(crate) fn insert_generated_clients(&mut self, partner_id: Option<&str>, count: u32) {
        for _ in 0..count {
            let (generator, number) = (self.generator, self.next_inserted());
            if let Some(partner) = self.partner_or_first(partner_id) {
                insert_generated(&mut partner.clients, generator, number);
            }
        }
    }

    /// Returns a function that chooses clients, by the seed, of the partner with this id, or the
    /// first. It may take long, and does not need the state.
    pub(crate) fn choose_clients(
        &mut self,
        partner_id: Option<&str>,
        count: u32,
    ) -> impl FnOnce() -> Vec<Arc<str>> + use<> {
        let seed = mix(self.generator.seed, 0xdead, self.next_number());
        let partner = self.partner_or_first(partner_id);
        let rows = partner.map(|partner| partner.clients.snapshot());
        move || {
            let rows = rows.iter().flat_map(|rows| rows.iter(0));
            let chosen = fastrand::Rng::with_seed(seed).choose_multiple(rows, count as usize);
            chosen.iter().map(|stored| Arc::clone(&stored.id)).collect()
        }
    }

    /// Removes clients of the partner with this id, or the first.
    pub(crate) fn remove_clients(&mut self, partner_id: Option<&str>, ids: &[Arc<str>]) {
        if let Some(partner) = self.partner_or_first(partner_id) {
            for id in ids {
                partner.clients.remove(id);
            }
        }
    }

    /// A number, for the generator, that no other row has.
    pub(crate) fn next_inserted(&mut self) -> u64 {
        self.next_number() | INSERTED
    }

    fn next_number(&mut self) -> u64 {
        self.added += 1;
        self.added
    }
}

fn insert_generated(table: &mut Table<ClientRow>, generator: Generator, number: u64) {
    let source = Source::Generated {
        generator,
        number,
        generate: |generator, number| {
            let (account, extra) = generator.client(number);
            ClientRow {
                account,
                extra,
                number: Some(number),
            }
        },
    };
    table.insert_source(generator.client_id(number).as_str().into(), source);
}
