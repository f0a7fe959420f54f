//! The channels of clients, which are generated when they are needed, and their keys.

use std::borrow::Cow;
use std::collections::HashSet;

use partner_api::types::Channel;

use crate::seed::extra::Extra;
use crate::seed::generator::Kind;
use crate::seed::random::{alphanumeric, digits};
use crate::store::rows::ClientRow;
use crate::store::state::{ChannelKey, PartnerState, State};
use crate::store::stored::Stored;

/// A channel and the client that it belongs to.
pub(crate) type Found = (ClientRow, Channel, Extra);

impl State {
    /// A channel of a partner.
    pub(crate) fn channel(&self, partner: &PartnerState, id: &str) -> Option<Found> {
        // Four numbers are reserved for the channels of a generated client.
        let number = self.generator.number(Kind::Channel, id, "CH");
        let generated = number.map(|number| self.generator.client_id(number / 4).to_string());
        let changed = self.channels.keys();
        let mut clients = generated.iter().chain(changed);
        clients.find_map(|client_id| {
            let client = partner.clients.get(client_id)?;
            let channels = self.client_channels(&client);
            let mut channels = channels.iter();
            let has_id =
                |channel: &Channel| channel.id.as_ref().is_some_and(|it| it.as_str() == id);
            let (channel, extra) = channels.find(|(channel, _)| has_id(channel))?;
            Some((client.row().into_owned(), channel.clone(), extra.clone()))
        })
    }

    /// The number of channels of a partner, and some of them, in the order of their clients.
    pub(crate) fn partner_channels(
        &self,
        partner: &PartnerState,
        offset: usize,
        limit: usize,
    ) -> (usize, Vec<Found>) {
        let (mut total, mut found) = (0, Vec::new());
        let end = offset.saturating_add(limit);
        for client in partner.clients.snapshot().iter(0) {
            let count = self.channel_count(client);
            if total < end && total + count > offset {
                let row = client.row();
                let channels = self.client_channels(client);
                for (position, (channel, extra)) in (total..).zip(channels.iter()) {
                    if (offset..end).contains(&position) {
                        found.push((row.clone().into_owned(), channel.clone(), extra.clone()));
                    }
                }
            }
            total += count;
        }
        (total, found)
    }

    fn channel_count(&self, client: &Stored<ClientRow>) -> usize {
        if let Some(channels) = self.channels.get(&*client.id) {
            return channels.len();
        }
        number(client).map_or(0, |number| self.generator.channel_count(number).into())
    }

    /// The channels of a client, without keeping them.
    pub(crate) fn client_channels(
        &self,
        client: &Stored<ClientRow>,
    ) -> Cow<'_, [(Channel, Extra)]> {
        match (self.channels.get(&*client.id), number(client)) {
            (Some(channels), _) => Cow::Borrowed(channels),
            (None, Some(number)) => Cow::Owned(self.generator.channels(number, &client.id)),
            (None, None) => Cow::Borrowed(&[]),
        }
    }

    /// Adds a channel, with a generated id if it has none, to the one of these clients that it names.
    pub(crate) fn insert_channel(
        &mut self,
        clients: &HashSet<String>,
        mut channel: Channel,
        extra: Extra,
    ) -> Result<(), String> {
        let client_id = channel.client_id.as_ref().map_or("", |id| id.as_str());
        if !clients.contains(client_id) {
            return Err(format!("the partner has no client `{client_id}`"));
        }
        let client_id = client_id.to_owned();
        let number = self.next_inserted();
        channel
            .id
            .get_or_insert_with(|| self.generator.id(Kind::Channel, number, "CH"));
        let channels = self.channels.entry(client_id).or_default();
        channels.push((channel, extra));
        Ok(())
    }

    /// Creates a key of a channel, which revokes the earlier one.
    pub(crate) fn create_channel_key(&mut self, channel_id: &str) -> ChannelKey {
        let number = self.next_inserted();
        let mut rng = self.generator.rng(Kind::ChannelKey, number);
        let key = ChannelKey {
            id: alphanumeric(&mut rng, 12),
            app_id: digits(&mut rng, 15),
            key: format!("{}_ck", alphanumeric(&mut rng, 28)),
        };
        self.channel_keys.insert(channel_id.to_owned(), key.clone());
        key
    }
}

/// The number that a client was generated from.
fn number(client: &Stored<ClientRow>) -> Option<u64> {
    client.generated().or_else(|| client.row().number)
}
