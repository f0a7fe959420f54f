// Made by `cargo xtask codegen` from the pages in openapi/docs. Do not edit: correct the overlay,
// openapi/overlay.yaml, and run it again.

pub(crate) use crate::values::identifier::encode_path;
/// The values that operations send and answer with.
pub mod types {
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Circle {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub kind: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub radius: ::std::option::Option<f64>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[derive(Default)]
    pub struct ListThingsFilters {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<::serde_json::Value>,
        ///What the documentation does not name, by its name on the wire.
        #[serde(flatten)]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Square {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub kind: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub side: ::std::option::Option<f64>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct SubmitThingBody {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub a: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Thing {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "createdAt")]
        pub created_at: ::std::option::Option<::std::string::String>,
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub free: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub old: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub owner: ::std::option::Option<crate::types::OwnerId>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "seenAt")]
        pub seen_at: ::std::option::Option<crate::types::Timestamp>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub shape: ::std::option::Option<crate::types::ThingShape>,
        #[serde(
            default,
            skip_serializing_if = ":: std :: collections :: BTreeMap::is_empty"
        )]
        #[serde(deserialize_with = "crate::values::lenient::map")]
        pub sizes: ::std::collections::BTreeMap<::std::string::String, i64>,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub slots: ::std::vec::Vec<::std::option::Option<::std::string::String>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::types::ThingStatus>,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub tags: ::std::vec::Vec<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ThingUpdate {
        #[serde(default, skip_serializing_if = "::std::option::Option::is_none")]
        ///`None` leaves it as it is, `Some(None)` sends null.
        #[serde(deserialize_with = "crate::values::lenient::present")]
        pub note: ::std::option::Option<::std::option::Option<::std::string::String>>,
        #[serde(default, skip_serializing_if = "::std::option::Option::is_none")]
        pub tags: ::std::option::Option<::std::vec::Vec<::std::string::String>>,
    }

    ///What a list can be sorted by; see [`Sort`](crate::Sort).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ListThingsSort {
        ///`status`
        Status,
    }

    impl ListThingsSort {
        /// The documented keys.
        pub const KNOWN: &'static [Self] = &[Self::Status];
        /// The key as the API writes it.
        #[must_use]
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Status => "status",
            }
        }
    }

    crate::values::sort::closed_sort_key!(ListThingsSort);
    ///One owner id.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct OwnerId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(OwnerId);
    ///Which thing.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ThingId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(ThingId);
    #[derive(Clone, Debug, PartialEq)]
    #[non_exhaustive]
    pub enum ThingShape {
        ///`kind` is `Circle`.
        Circle(::std::boxed::Box<Circle>),
        ///`kind` is `Square`.
        Square(::std::boxed::Box<Square>),
        ///`kind` is none of the above, or missing: the JSON as it was sent.
        Unknown(::serde_json::Value),
    }

    impl ::std::convert::From<Circle> for ThingShape {
        fn from(value: Circle) -> Self {
            Self::Circle(::std::boxed::Box::new(value))
        }
    }

    impl ::std::convert::From<Square> for ThingShape {
        fn from(value: Square) -> Self {
            Self::Square(::std::boxed::Box::new(value))
        }
    }

    crate::values::tagged_union::tagged_union!(
        ThingShape, "kind", Circle(Circle) : "Circle", Square(Square) : "Square"
    );
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ThingStatus {
        ///`ready`
        Ready,
        /// A value that is not in the published documentation, as it was sent.
        Unknown(::std::string::String),
    }

    impl ThingStatus {
        /// The published values.
        pub const KNOWN: &'static [Self] = &[Self::Ready];
        /// The value as the API writes it.
        pub fn as_str(&self) -> &str {
            match self {
                Self::Ready => "ready",
                Self::Unknown(value) => value,
            }
        }
    }

    impl ::std::convert::From<&str> for ThingStatus {
        fn from(value: &str) -> Self {
            match value {
                "ready" => Self::Ready,
                other => Self::Unknown(other.to_owned()),
            }
        }
    }

    crate::values::open_enum::open_enum!(ThingStatus);
    pub use crate::values::timestamp::Timestamp as Timestamp;
    impl ListThingsFilters {
        /// Sets a member that the published documentation does not have, by its name on the
        /// wire. If it is set in a field of its own, too, the call is refused.
        #[must_use]
        pub fn with(
            mut self,
            name: impl ::std::convert::Into<::std::string::String>,
            value: impl ::std::convert::Into<::serde_json::Value>,
        ) -> Self {
            self.extra.insert(name.into(), value.into());
            self
        }
    }
}

#[derive(Clone, Debug)]
///A client of the Things, made with [`AuthExt`](crate::AuthExt).
///
///
///Cloning it is cheap, and clones share connections.
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::transport::Transport,
}

impl Client {
    ///List things.
    ///
    ///Sends `GET /things`.
    ///
    ///[Published documentation](https://docs.example/things)
    pub fn list_things(&self) -> builder::ListThings<'_> {
        builder::ListThings::new(self)
    }

    ///Sends `GET /a+b(c/{thing_id}/[d*.json`.
    pub fn odd_path(&self) -> builder::OddPath<'_> {
        builder::OddPath::new(self)
    }

    ///Sends `POST /things/{thing_id}`.
    pub fn submit_thing(&self) -> builder::SubmitThing<'_> {
        builder::SubmitThing::new(self)
    }

    ///Sends `DELETE /things/{thing_id}`.
    #[deprecated]
    pub fn delete_thing(&self) -> builder::DeleteThing<'_> {
        builder::DeleteThing::new(self)
    }

    ///Sends `PATCH /things/{thing_id}`.
    pub fn update_thing(&self) -> builder::UpdateThing<'_> {
        builder::UpdateThing::new(self)
    }

    ///Every operation with a `thing_id`, which is set already.
    ///
    /// Nothing is sent. One that cannot stand in a path is refused by each call.
    pub fn thing<V>(&self, thing_id: V) -> builder::ThingScope<'_>
    where
        V: ::std::convert::TryInto<crate::types::ThingId>,
        V::Error: ::std::fmt::Display,
    {
        builder::ThingScope::new(self, thing_id)
    }
}

/// The builders of calls, one for each operation.
pub mod builder {
    use crate::{CallOptions, Error};
    use super::{encode_path, operations, types};
    use progenitor_client::{ByteStream, ResponseValue};
    ///Builder for [`Client::list_things`]
    ///
    ///[`Client::list_things`]: super::Client::list_things
    #[derive(Debug, Clone)]
    pub struct ListThings<'a> {
        client: &'a super::Client,
        filters: Result<
            Option<crate::values::query::JsonParam<crate::types::ListThingsFilters>>,
            String,
        >,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        page_size: Result<Option<i64>, String>,
        sort: Result<
            Option<crate::values::sort::Sort<crate::types::ListThingsSort>>,
            String,
        >,
        x_trace: Result<Option<::std::string::String>, String>,
    }

    impl<'a> ListThings<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                filters: Ok(None),
                limit: Ok(None),
                offset: Ok(None),
                page_size: Ok(None),
                sort: Ok(None),
                x_trace: Ok(None),
            }
        }

        ///Sent as one JSON object.
        pub fn filters<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::query::JsonParam<crate::types::ListThingsFilters>,
            >,
            V::Error: ::std::fmt::Display,
        {
            self.filters = crate::values::argument::checked(
                    "filters",
                    value,
                    crate::values::query::check,
                )
                .map(Some);
            self
        }

        ///From 1 to 4294967295, as any kind of integer; the API may give less.
        pub fn limit<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::Limit>,
            V::Error: ::std::fmt::Display,
        {
            self.limit = crate::values::argument::read("limit", value)
                .map(|limit: crate::Limit| limit.into())
                .map(Some);
            self
        }

        ///From 0 to 4294967295, as any kind of integer.
        pub fn offset<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::Offset>,
            V::Error: ::std::fmt::Display,
        {
            self.offset = crate::values::argument::read("offset", value)
                .map(|offset: crate::Offset| offset.into())
                .map(Some);
            self
        }

        pub fn page_size<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<i64>,
            V::Error: ::std::fmt::Display,
        {
            self.page_size = crate::values::argument::read("page_size", value).map(Some);
            self
        }

        ///Keys, their `asc()` and `desc()`, or texts; see [`Sort`](crate::Sort).
        pub fn sort<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::sort::Sort<crate::types::ListThingsSort>,
            >,
            V::Error: ::std::fmt::Display,
        {
            self.sort = crate::values::argument::read("sort", value).map(Some);
            self
        }

        pub fn x_trace<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.x_trace = crate::values::argument::read("x_trace", value).map(Some);
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::std::vec::Vec<types::Thing>>, Error> {
            self.send_with(CallOptions::new()).await
        }

        /// Sends the request with options of its own.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send).
        pub async fn send_with(
            self,
            options: CallOptions,
        ) -> Result<ResponseValue<::std::vec::Vec<types::Thing>>, Error> {
            let Self { client, filters, limit, offset, page_size, sort, x_trace } = self;
            let filters = filters
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let limit = limit
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let offset = offset
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let page_size = page_size
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let sort = sort
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let x_trace = x_trace
                .map_err(|why| Error::invalid_request(&operations::LIST_THINGS, why))?;
            let url = format!("{}/things", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            if let Some(value) = x_trace {
                header_map
                    .append(
                        "X-Trace",
                        value
                            .to_string()
                            .try_into()
                            .map_err(|why: ::reqwest::header::InvalidHeaderValue| {
                                Error::invalid_request(
                                    &operations::LIST_THINGS,
                                    format!("a header: {why}"),
                                )
                            })?,
                    );
            }
            let request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("filters", &filters))
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("offset", &offset))
                .query(&progenitor_client::QueryParam::new("pageSize", &page_size))
                .query(&progenitor_client::QueryParam::new("sort", &sort))
                .headers(header_map)
                .build();
            crate::transport::response::list(
                    &client.inner,
                    &operations::LIST_THINGS,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::odd_path`]
    ///
    ///[`Client::odd_path`]: super::Client::odd_path
    #[derive(Debug, Clone)]
    pub struct OddPath<'a> {
        client: &'a super::Client,
        thing_id: Result<crate::types::ThingId, String>,
    }

    impl<'a> OddPath<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                thing_id: Err("thing_id: is required and was not set".to_owned()),
            }
        }

        ///Which thing.
        pub fn thing_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ThingId>,
            V::Error: ::std::fmt::Display,
        {
            self.thing_id = crate::values::argument::checked(
                "thing_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<()>, Error> {
            self.send_with(CallOptions::new()).await
        }

        /// Sends the request with options of its own.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send).
        pub async fn send_with(
            self,
            options: CallOptions,
        ) -> Result<ResponseValue<()>, Error> {
            let Self { client, thing_id } = self;
            let thing_id = thing_id
                .map_err(|why| Error::invalid_request(&operations::ODD_PATH, why))?;
            let url = format!(
                "{}/a+b(c/{}/[d*.json", client.baseurl, encode_path(& thing_id
                .to_string()),
            );
            let request = client.client.get(url).build();
            crate::transport::response::empty(
                    &client.inner,
                    &operations::ODD_PATH,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::submit_thing`]
    ///
    ///[`Client::submit_thing`]: super::Client::submit_thing
    #[derive(Debug, Clone)]
    pub struct SubmitThing<'a> {
        client: &'a super::Client,
        thing_id: Result<crate::types::ThingId, String>,
        body: Result<Option<types::SubmitThingBody>, String>,
    }

    impl<'a> SubmitThing<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                thing_id: Err("thing_id: is required and was not set".to_owned()),
                body: Ok(None),
            }
        }

        ///Which thing.
        pub fn thing_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ThingId>,
            V::Error: ::std::fmt::Display,
        {
            self.thing_id = crate::values::argument::checked(
                "thing_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///The body of the request.
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::SubmitThingBody>,
            V::Error: ::std::fmt::Display,
        {
            self.body = crate::values::argument::read("body", value).map(Some);
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<ByteStream>, Error> {
            self.send_with(CallOptions::new()).await
        }

        /// Sends the request with options of its own.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send).
        pub async fn send_with(
            self,
            options: CallOptions,
        ) -> Result<ResponseValue<ByteStream>, Error> {
            let Self { client, thing_id, body } = self;
            let thing_id = thing_id
                .map_err(|why| Error::invalid_request(&operations::SUBMIT_THING, why))?;
            let body = body
                .map_err(|why| Error::invalid_request(&operations::SUBMIT_THING, why))?;
            let url = format!(
                "{}/things/{}", client.baseurl, encode_path(& thing_id.to_string()),
            );
            let request = client.client.post(url);
            let request = match body {
                Some(body) => request.form(&body),
                None => request,
            };
            let request = request.build();
            crate::transport::response::stream(
                    &client.inner,
                    &operations::SUBMIT_THING,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::delete_thing`]
    ///
    ///[`Client::delete_thing`]: super::Client::delete_thing
    #[derive(Debug, Clone)]
    pub struct DeleteThing<'a> {
        client: &'a super::Client,
        thing_id: Result<crate::types::ThingId, String>,
    }

    impl<'a> DeleteThing<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                thing_id: Err("thing_id: is required and was not set".to_owned()),
            }
        }

        ///Which thing.
        pub fn thing_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ThingId>,
            V::Error: ::std::fmt::Display,
        {
            self.thing_id = crate::values::argument::checked(
                "thing_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<()>, Error> {
            self.send_with(CallOptions::new()).await
        }

        /// Sends the request with options of its own.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send).
        pub async fn send_with(
            self,
            options: CallOptions,
        ) -> Result<ResponseValue<()>, Error> {
            let Self { client, thing_id } = self;
            let thing_id = thing_id
                .map_err(|why| Error::invalid_request(&operations::DELETE_THING, why))?;
            let url = format!(
                "{}/things/{}", client.baseurl, encode_path(& thing_id.to_string()),
            );
            let request = client.client.delete(url).build();
            crate::transport::response::empty(
                    &client.inner,
                    &operations::DELETE_THING,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::update_thing`]
    ///
    ///[`Client::update_thing`]: super::Client::update_thing
    #[derive(Debug, Clone)]
    pub struct UpdateThing<'a> {
        client: &'a super::Client,
        thing_id: Result<crate::types::ThingId, String>,
        body: Result<Option<types::ThingUpdate>, String>,
    }

    impl<'a> UpdateThing<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                thing_id: Err("thing_id: is required and was not set".to_owned()),
                body: Ok(None),
            }
        }

        ///Which thing.
        pub fn thing_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ThingId>,
            V::Error: ::std::fmt::Display,
        {
            self.thing_id = crate::values::argument::checked(
                "thing_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///The body of the request.
        ///
        ///One that sets nothing is refused.
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ThingUpdate>,
            V::Error: ::std::fmt::Display,
        {
            self.body = crate::values::argument::checked(
                    "body",
                    value,
                    crate::values::argument::sets_something,
                )
                .map(Some);
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::std::option::Option<types::Thing>>, Error> {
            self.send_with(CallOptions::new()).await
        }

        /// Sends the request with options of its own.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send).
        pub async fn send_with(
            self,
            options: CallOptions,
        ) -> Result<ResponseValue<::std::option::Option<types::Thing>>, Error> {
            let Self { client, thing_id, body } = self;
            let thing_id = thing_id
                .map_err(|why| Error::invalid_request(&operations::UPDATE_THING, why))?;
            let body = body
                .map_err(|why| Error::invalid_request(&operations::UPDATE_THING, why))?;
            let url = format!(
                "{}/things/{}", client.baseurl, encode_path(& thing_id.to_string()),
            );
            let request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                );
            let request = match body {
                Some(body) => request.json(&body),
                None => request,
            };
            let request = request.build();
            crate::transport::response::optional(
                    &client.inner,
                    &operations::UPDATE_THING,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Every operation with a `thing_id`, which is set already; from [`Client::thing`](super::Client::thing).
    #[derive(Clone, Debug)]
    pub struct ThingScope<'a> {
        client: &'a super::Client,
        thing_id: Result<crate::types::ThingId, String>,
    }

    impl<'a> ThingScope<'a> {
        pub(crate) fn new<V>(client: &'a super::Client, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ThingId>,
            V::Error: ::std::fmt::Display,
        {
            Self {
                client,
                thing_id: crate::values::argument::checked(
                    "thing_id",
                    value,
                    crate::values::identifier::check,
                ),
            }
        }

        ///Sends `GET /a+b(c/{thing_id}/[d*.json`.
        pub fn odd_path(&self) -> OddPath<'a> {
            OddPath {
                thing_id: self.thing_id.clone(),
                ..OddPath::new(self.client)
            }
        }

        ///Sends `POST /things/{thing_id}`.
        pub fn submit_thing(&self) -> SubmitThing<'a> {
            SubmitThing {
                thing_id: self.thing_id.clone(),
                ..SubmitThing::new(self.client)
            }
        }

        ///Sends `DELETE /things/{thing_id}`.
        #[deprecated]
        pub fn delete_thing(&self) -> DeleteThing<'a> {
            DeleteThing {
                thing_id: self.thing_id.clone(),
                ..DeleteThing::new(self.client)
            }
        }

        ///Sends `PATCH /things/{thing_id}`.
        pub fn update_thing(&self) -> UpdateThing<'a> {
            UpdateThing {
                thing_id: self.thing_id.clone(),
                ..UpdateThing::new(self.client)
            }
        }
    }
}

/// What the transport needs to know of each operation.
pub(crate) mod operations {
    use super::types;
    use crate::operation::Operation;
    /// The address of the API.
    pub(crate) const BASE_URL: &str = "https://things.example/v1";
    /// Every operation.
    pub(crate) const ALL: &[&Operation] = &[
        &LIST_THINGS,
        &ODD_PATH,
        &SUBMIT_THING,
        &DELETE_THING,
        &UPDATE_THING,
    ];
    /// The size of the largest type, in bytes.
    pub(crate) const LARGEST: usize = crate::transport::footprint::largest(
        &[
            size_of::<types::Circle>(),
            size_of::<types::ListThingsFilters>(),
            size_of::<types::Square>(),
            size_of::<types::SubmitThingBody>(),
            size_of::<types::Thing>(),
            size_of::<types::ThingUpdate>(),
            size_of::<types::ListThingsSort>(),
            size_of::<types::OwnerId>(),
            size_of::<types::ThingId>(),
            size_of::<types::ThingShape>(),
            size_of::<types::ThingStatus>(),
        ],
    );
    pub(crate) const LIST_THINGS: Operation = Operation {
        id: "list_things",
        method: "GET",
        path: "/things",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const ODD_PATH: Operation = Operation {
        id: "odd_path",
        method: "GET",
        path: "/a+b(c/{thing_id}/[d*.json",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const SUBMIT_THING: Operation = Operation {
        id: "submit_thing",
        method: "POST",
        path: "/things/{thing_id}",
        idempotent: false,
        authenticated: true,
    };
    pub(crate) const DELETE_THING: Operation = Operation {
        id: "delete_thing",
        method: "DELETE",
        path: "/things/{thing_id}",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const UPDATE_THING: Operation = Operation {
        id: "update_thing",
        method: "PATCH",
        path: "/things/{thing_id}",
        idempotent: false,
        authenticated: true,
    };
}

/// The types beside those of this file that its operations use.
pub(crate) mod exports {
    pub use crate::values::query::JsonParam;
    pub use progenitor_client::ByteStream;
}

/// Typed mocks of every operation, for tests with `httpmock`.
#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, unused_imports)]
pub mod mock {
    pub mod operations {
        //! [`When`](::httpmock::When) and [`Then`](::httpmock::Then)
        //! wrappers for each operation. Each can be converted to
        //! its inner type with a call to `into_inner()`. This can
        //! be used to explicitly deviate from permitted values.
        use crate::*;
        pub struct ListThingsWhen(::httpmock::When);
        impl ListThingsWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(regex::Regex::new("^/things$").unwrap()),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn filters<'a, T>(self, value: T) -> Self
            where
                T: Into<
                    Option<
                        &'a crate::values::query::JsonParam<
                            crate::types::ListThingsFilters,
                        >,
                    >,
                >,
            {
                if let Some(value) = value.into() {
                    Self(
                        crate::values::query::pairs("filters", &value)
                            .into_iter()
                            .fold(
                                self.0,
                                |when, (name, value)| when.query_param(name, value),
                            ),
                    )
                } else {
                    Self(self.0.query_param_missing("filters"))
                }
            }
            pub fn limit<T>(self, value: T) -> Self
            where
                T: Into<Option<u32>>,
            {
                if let Some(value) = value.into() {
                    Self(
                        crate::values::query::pairs("limit", &value)
                            .into_iter()
                            .fold(
                                self.0,
                                |when, (name, value)| when.query_param(name, value),
                            ),
                    )
                } else {
                    Self(self.0.query_param_missing("limit"))
                }
            }
            pub fn offset<T>(self, value: T) -> Self
            where
                T: Into<Option<u32>>,
            {
                if let Some(value) = value.into() {
                    Self(
                        crate::values::query::pairs("offset", &value)
                            .into_iter()
                            .fold(
                                self.0,
                                |when, (name, value)| when.query_param(name, value),
                            ),
                    )
                } else {
                    Self(self.0.query_param_missing("offset"))
                }
            }
            pub fn page_size<T>(self, value: T) -> Self
            where
                T: Into<Option<i64>>,
            {
                if let Some(value) = value.into() {
                    Self(
                        crate::values::query::pairs("pageSize", &value)
                            .into_iter()
                            .fold(
                                self.0,
                                |when, (name, value)| when.query_param(name, value),
                            ),
                    )
                } else {
                    Self(self.0.query_param_missing("pageSize"))
                }
            }
            pub fn sort<'a, T>(self, value: T) -> Self
            where
                T: Into<
                    Option<&'a crate::values::sort::Sort<crate::types::ListThingsSort>>,
                >,
            {
                if let Some(value) = value.into() {
                    Self(
                        crate::values::query::pairs("sort", &value)
                            .into_iter()
                            .fold(
                                self.0,
                                |when, (name, value)| when.query_param(name, value),
                            ),
                    )
                } else {
                    Self(self.0.query_param_missing("sort"))
                }
            }
            pub fn x_trace<'a, T>(self, value: T) -> Self
            where
                T: Into<Option<&'a str>>,
            {
                if let Some(value) = value.into() {
                    Self(self.0.header("X-Trace", value.to_string()))
                } else {
                    Self(self.0.header_missing("X-Trace"))
                }
            }
        }

        pub struct ListThingsThen(::httpmock::Then);
        impl ListThingsThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &::std::vec::Vec<types::Thing>) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(self.0.status(status))
            }
            pub fn server_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(self.0.status(status))
            }
        }

        pub struct OddPathWhen(::httpmock::When);
        impl OddPathWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(
                            regex::Regex::new("^/a\\+b\\(c/[^/]*/\\[d\\*\\.json$")
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn thing_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/a\\+b\\(c/{}/\\[d\\*\\.json$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
        }

        pub struct OddPathThen(::httpmock::Then);
        impl OddPathThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn no_content(self) -> Self {
                Self(self.0.status(204u16))
            }
            pub fn client_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(self.0.status(status))
            }
            pub fn server_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(self.0.status(status))
            }
        }

        pub struct SubmitThingWhen(::httpmock::When);
        impl SubmitThingWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::POST)
                        .path_matches(regex::Regex::new("^/things/[^/]*$").unwrap()),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn thing_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/things/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn body(self, value: &types::SubmitThingBody) -> Self {
                Self(self.0.json_body_obj(&value))
            }
        }

        pub struct SubmitThingThen(::httpmock::Then);
        impl SubmitThingThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: ::serde_json::Value) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body(value),
                )
            }
            pub fn client_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(self.0.status(status))
            }
            pub fn server_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(self.0.status(status))
            }
        }

        pub struct DeleteThingWhen(::httpmock::When);
        impl DeleteThingWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::DELETE)
                        .path_matches(regex::Regex::new("^/things/[^/]*$").unwrap()),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn thing_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/things/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
        }

        pub struct DeleteThingThen(::httpmock::Then);
        impl DeleteThingThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn no_content(self) -> Self {
                Self(self.0.status(204u16))
            }
            pub fn client_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(self.0.status(status))
            }
            pub fn server_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(self.0.status(status))
            }
        }

        pub struct UpdateThingWhen(::httpmock::When);
        impl UpdateThingWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::PATCH)
                        .path_matches(regex::Regex::new("^/things/[^/]*$").unwrap()),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn thing_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/things/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn body(self, value: &types::ThingUpdate) -> Self {
                Self(self.0.json_body_obj(&value))
            }
        }

        pub struct UpdateThingThen(::httpmock::Then);
        impl UpdateThingThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: Option<&types::Thing>) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn no_content(self, value: Option<&types::Thing>) -> Self {
                Self(
                    self
                        .0
                        .status(204u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(self.0.status(status))
            }
            pub fn server_error(self, status: u16) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(self.0.status(status))
            }
        }
    }

    /// An extension trait for [`MockServer`](::httpmock::MockServer) that
    /// adds a method for each operation. These are the equivalent of
    /// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
    pub trait MockServerExt {
        fn list_things<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::ListThingsWhen, operations::ListThingsThen);
        fn odd_path<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::OddPathWhen, operations::OddPathThen);
        fn submit_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::SubmitThingWhen, operations::SubmitThingThen);
        fn delete_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::DeleteThingWhen, operations::DeleteThingThen);
        fn update_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdateThingWhen, operations::UpdateThingThen);
    }

    impl MockServerExt for ::httpmock::MockServer {
        fn list_things<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::ListThingsWhen, operations::ListThingsThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::ListThingsWhen::new(when),
                    operations::ListThingsThen::new(then),
                )
            })
        }

        fn odd_path<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::OddPathWhen, operations::OddPathThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::OddPathWhen::new(when),
                    operations::OddPathThen::new(then),
                )
            })
        }

        fn submit_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::SubmitThingWhen, operations::SubmitThingThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::SubmitThingWhen::new(when),
                    operations::SubmitThingThen::new(then),
                )
            })
        }

        fn delete_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::DeleteThingWhen, operations::DeleteThingThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::DeleteThingWhen::new(when),
                    operations::DeleteThingThen::new(then),
                )
            })
        }

        fn update_thing<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdateThingWhen, operations::UpdateThingThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::UpdateThingWhen::new(when),
                    operations::UpdateThingThen::new(then),
                )
            })
        }
    }
}
