//! What the hub remembers.

use std::collections::HashMap;

use partner_api::types::{Channel, Partner};
use tokio::time::Instant;

use crate::data::{Data, PartnerAccess};
use crate::rows::{ChangeRequestRow, ClientRow, Extra};
use crate::table::Table;

/// One partner and what is its own.
#[derive(Debug)]
pub(crate) struct PartnerState {
    pub(crate) access: PartnerAccess,
    pub(crate) partner: Partner,
    pub(crate) extra: Extra,
    pub(crate) clients: Table<ClientRow>,
    /// The requests to move a client to this partner.
    pub(crate) change_requests: Table<ChangeRequestRow>,
}

/// All partners. The first is the one a user of the hub is.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) data: Data,
    pub(crate) partners: Vec<PartnerState>,
    /// The channels of the clients that somebody asked for; of the others they are made then.
    channels: HashMap<String, Vec<(Channel, Extra)>>,
    /// The migrations that run.
    pub(crate) pending: Vec<Pending>,
    /// Where the next thing that is added begins to count.
    added: u64,
}

/// A migration that runs.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) due: Instant,
    /// The partner that approved it.
    pub(crate) partner_id: String,
    pub(crate) id: String,
}

const PARTNERS: u64 = 3;

impl State {
    /// The made partners, the first with so many clients.
    pub(crate) fn new(data: Data, clients: u32) -> Self {
        let clients = u64::from(clients);
        let others = 12 + clients / 20;
        let mut state = Self {
            data,
            partners: Vec::new(),
            channels: HashMap::new(),
            pending: Vec::new(),
            added: 0,
        };
        let mut number = 0;
        for partner in 0..PARTNERS {
            let count = if partner == 0 { clients } else { others };
            let (record, extra) = data.partner(partner);
            let mut table = Table::new();
            table.reserve(count as usize);
            for client in number..number + count {
                table.insert(data.client(client));
            }
            number += count;
            state.partners.push(PartnerState {
                access: data.access(partner),
                partner: record,
                extra,
                clients: table,
                change_requests: Table::new(),
            });
        }
        state.make_change_requests(clients, others);
        state
    }

    /// Every third client of the others wants to come to the first partner; of the first partner's
    /// some have come, and one in three of the second's wants to go to the third.
    fn make_change_requests(&mut self, clients: u64, others: u64) {
        let ids: Vec<String> = self
            .partners
            .iter()
            .map(|partner| partner.access.partner_id.clone())
            .collect();
        let (Some(own), Some(second), Some(third)) = (ids.first(), ids.get(1), ids.get(2)) else {
            return;
        };
        let data = self.data;
        let mut rows: [Vec<ChangeRequestRow>; 2] = [Vec::new(), Vec::new()];
        let [to_own, to_third] = &mut rows;
        for nth in 0..others {
            let number = nth * 4;
            let from_second = data.client(clients + nth);
            let from_third = data.client(clients + others + nth);
            match nth % 6 {
                0 => to_own.push(data.change_request(number, &from_second, second, own, "created")),
                1 => {
                    to_own.push(data.change_request(number + 1, &from_third, third, own, "created"))
                }
                2 => {
                    to_own.push(data.change_request(number + 2, &from_third, third, own, "failed"))
                }
                3 => to_third.push(data.change_request(
                    number + 3,
                    &from_second,
                    second,
                    third,
                    "created",
                )),
                4 if nth < clients => {
                    let mut row = data.change_request(
                        number + 1,
                        &data.client(nth),
                        second,
                        own,
                        "completed",
                    );
                    row.request.is_full_migration = Some(true);
                    row.request.target_client_id = None;
                    to_own.push(row);
                }
                _ => {}
            }
        }
        for (partner, rows) in [0, 2].into_iter().zip(rows) {
            if let Some(partner) = self.partners.get_mut(partner) {
                for row in rows {
                    partner.change_requests.insert(row);
                }
            }
        }
    }

    pub(crate) fn partner(&self, id: &str) -> Option<&PartnerState> {
        self.partners
            .iter()
            .find(|partner| partner.access.partner_id == id)
    }

    pub(crate) fn partner_mut(&mut self, id: &str) -> Option<&mut PartnerState> {
        self.partners
            .iter_mut()
            .find(|partner| partner.access.partner_id == id)
    }

    /// The partner of that id, or the first.
    pub(crate) fn partner_or_first(&mut self, id: Option<&str>) -> Option<&mut PartnerState> {
        let named = |partner: &PartnerState| Some(partner.access.partner_id.as_str()) == id;
        let index = self.partners.iter().position(named).unwrap_or_default();
        self.partners.get_mut(index)
    }

    /// The partner of a client.
    pub(crate) fn owner(&mut self, client_id: &str) -> Option<&mut PartnerState> {
        self.partners
            .iter_mut()
            .find(|partner| partner.clients.get(client_id).is_some())
    }

    /// The channels of a client that somebody has.
    pub(crate) fn channels(&mut self, client_id: &str) -> Option<&mut Vec<(Channel, Extra)>> {
        let number = self.owner(client_id)?.clients.get(client_id)?.number;
        let data = self.data;
        Some(
            self.channels
                .entry(client_id.to_owned())
                .or_insert_with(|| match number {
                    Some(number) => data.channels(number, client_id),
                    None => Vec::new(),
                }),
        )
    }

    /// A number that nothing made or added has.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.added += 1;
        self.added
    }
}
