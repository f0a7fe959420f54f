// Made by `cargo xtask codegen` from the pages in openapi/docs. Do not edit: correct the overlay,
// openapi/overlay.yaml, and run it again.

pub(crate) use crate::values::identifier::encode_path;
/// The values that operations send and answer with.
pub mod types {
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///The multi-partner solution of the partner on Meta.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct AccountSharingSettings {
        ///The business manager id that is connected to the solution agreement
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub business_manager_id: ::std::option::Option<::std::string::String>,
        ///The solution id that is created and approved on Meta
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub solution_id: ::std::option::Option<::std::string::String>,
        ///Solution status. Values can be: \[`ACTIVE`, `DEACTIVATED`, `DRAFT`, `INITATED`, `PENDING_DEACTIVATION`, `REJECTED`\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub solution_status: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///A WhatsApp number of a client.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Channel {
        ///\[Deprecated\] Can be live or sandbox
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub account_mode: ::std::option::Option<::std::string::String>,
        ///Current availability status of the channel. This is the unified source of truth for channel availability. Possible values are:
        ///- **setting_up**: Channel is being set up
        ///- **ready**: Channel is ready and available for messaging
        ///- **error**: Channel has an error and is not available for messaging
        ///- **cancelled**: Channel is cancelled (cancelled_at is set, not yet terminated)
        ///- **inactive**: Channel is inactive (terminated_at is in the past)
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub availability_status: ::std::option::Option<
            crate::types::ChannelAvailability,
        >,
        ///\[Deprecated\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub billing_started_at: ::std::option::Option<crate::types::Timestamp>,
        ///Channel cancellation datetime
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub cancelled_at: ::std::option::Option<crate::types::Timestamp>,
        ///Client ID that is the owner of the channel
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<crate::types::ClientId>,
        ///Channel creation datetime
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_at: ::std::option::Option<crate::types::Timestamp>,
        ///Meta's number current limit, can be NA or from TIER_50 to TIER_UNLIMITED
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub current_limit: ::std::option::Option<::std::string::String>,
        ///Meta's number current quality rating, can be NA, Low, Medium or High
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub current_quality_rating: ::std::option::Option<::std::string::String>,
        ///Meta's Last number quality update event
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub current_quality_update_event: ::std::option::Option<::std::string::String>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub has_inbox: ::std::option::Option<bool>,
        ///**\[Deprecated\]** Current hub status of the channel. Use `availability_status` as the source of truth. Possible values are:
        ///- **live**: Number is live and connected and messaging is available.
        ///- **sandbox**: \[deprecated\] Number is available in sandbox environment.
        ///- **done**: \[deprecated\] Same as live.
        ///- **pending**: \[deprecated\] \[on-prem\] An on-prem stack is being setup.
        ///- **draft**: Stack is being setup for the number.
        ///- **pending_deletion**: Number will be terminated soon.
        ///- **unregistered**: \[deprecated\] \[on-prem\] On-prem stack health has become unregistered and needs to be re-registered.
        ///- **unknown**: Unknown status. Needs to be checked by support.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub hub_status: ::std::option::Option<::std::string::String>,
        ///Channel ID
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::types::ChannelId>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub is_migrated: ::std::option::Option<bool>,
        ///Indicates if business phone number is an Meta's [Official Business Account](https://developers.facebook.com/docs/whatsapp/overview/business-accounts/#official-business-account).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub is_oba: ::std::option::Option<bool>,
        ///Channel settings
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub settings: ::std::option::Option<ChannelSettings>,
        ///Channel setup information
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub setup_info: ::std::option::Option<ChannelSetupInfo>,
        ///Current status of the channel. Possible values are:
        ///- **created**: The channel is created and process for onboarding is started.
        ///- **unverified**: The channel is submitted to Meta and waiting for them to verify the display name.
        ///- **verified**: The channel display name is verified by Meta.
        ///- **ready**: The channel onboarding is completed and can be used for sending and receiving messages.
        ///- **transferred**: The channel is transferred to another BSP and 360dialog does not have access to it.
        ///- **modified**: \[deprecated\] When a channel name is updated.
        ///- **imported**: \[deprecated\]
        ///- **new_name_requested**: A new display name is requested for the channel and waiting for Meta's approval.
        ///- **certificate_declined**: The channel display name is rejected by Meta.
        ///- **consents_signed**: \[deprecated\]
        ///- **error**: Channel setup is failed for any reason and channel can not be used for messaging.
        ///- **porting_ready**: \[deprecated\]
        ///- **ready_for_migration**: \[deprecated\] A new channel is created to migrate a phone number from another BSP to 360dialog.
        ///- **waiting_for_migration_code**: \[deprecated\] Channel migration is initiated and next step is requesting a migration code from Meta.
        ///- **migration_code_requested**: \[deprecated\] Channel migration code is requested from Meta.
        ///- **migration_verified**: \[deprecated\] Channel migration is verified.
        ///- **unregistered**: \[deprecated\] \[on-prem\] On-prem stack health has become unregistered and needs to be re-registered.
        ///- **removed**: 360dialog does not have access to the number on Meta.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::types::ChannelStatus>,
        ///Channel termination datetime
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub terminated_at: ::std::option::Option<crate::types::Timestamp>,
        ///\[Deprecated\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub version: ::std::option::Option<i64>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///Settings of a channel.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ChannelSettings {
        ///The region where your message data is stored on Meta infrastructure <https://www.facebook.com/legal/Meta-Hosting-Terms-Cloud-API>
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub data_localization_region: ::std::option::Option<::std::string::String>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub is_allowed_to_send_outbound_message: ::std::option::Option<bool>,
        ///Current throughput settings
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub throughput: ::std::option::Option<ChannelThroughput>,
        ///Billing tier
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub tier: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///How a channel was set up.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ChannelSetupInfo {
        ///Number certificate on Meta
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub certificate: ::std::option::Option<::std::string::String>,
        ///Default language for the number
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub default_language: ::std::option::Option<::std::string::String>,
        ///Does number have Interactive Voice Response?
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub ivr: ::std::option::Option<bool>,
        ///Meta's phone name
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub phone_name: ::std::option::Option<::std::string::String>,
        ///Phone number
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub phone_number: ::std::option::Option<::std::string::String>,
        ///Methods to receive an OTP and verify the number ownership
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub verification_method: ::std::option::Option<crate::types::VerificationMethod>,
        ///Was the WhatsApp number already in use?
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub was_in_use: ::std::option::Option<bool>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///How many messages a channel can send.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ChannelThroughput {
        ///Current throughput level
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub level: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///A client of the partner: a company with its WhatsApp channels. It is called an account because `Client` is the HTTP client.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ClientAccount {
        ///Client (company) contact and address info
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub contact_info: ::std::option::Option<ContactInfo>,
        ///Client contact person
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub contact_user: ::std::option::Option<ContactUser>,
        ///Time when the entity was created
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_at: ::std::option::Option<crate::types::Timestamp>,
        ///Information about the user who created the entity
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub created_by: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub enabled_for_chat_support: ::std::option::Option<bool>,
        ///Business ID of the first whatsapp business account that this client used to onboard a number
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub fb_business_id: ::std::option::Option<::std::string::String>,
        ///Client ID
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::types::ClientId>,
        ///Maximum number of channels/numbers that the client can have
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub max_channels: ::std::option::Option<i64>,
        ///\[Deprecated\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub meta_info: ::std::option::Option<ClientMetaInfo>,
        ///Time when the entity was last modified
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub modified_at: ::std::option::Option<crate::types::Timestamp>,
        ///Information about the user who last modified the entity
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub modified_by: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        ///Client name
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        ///\[Deprecated\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub organisation: ::std::option::Option<::std::string::String>,
        ///Optional field that partner can use to configure something on their logic or distinguish clients based on different values
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub partner_payload: ::std::option::Option<::std::string::String>,
        ///Client status
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<::std::string::String>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub suspicious: ::std::option::Option<bool>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///Which clients a list has. All filters that are set must match.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[derive(Default)]
    pub struct ClientFilters {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.city")]
        pub contact_info_city: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.country")]
        pub contact_info_country: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.email")]
        pub contact_info_email: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.language")]
        pub contact_info_language: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.phone")]
        pub contact_info_phone: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.street_name")]
        pub contact_info_street_name: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.webpage_url")]
        pub contact_info_webpage_url: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_info.zip_code")]
        pub contact_info_zip_code: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_user.email")]
        pub contact_user_email: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_user.name")]
        pub contact_user_name: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "contact_user.phone")]
        pub contact_user_phone: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "meta_info.about")]
        pub meta_info_about: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "meta_info.business_description")]
        pub meta_info_business_description: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "meta_info.business_vertical")]
        pub meta_info_business_vertical: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "meta_info.timezone")]
        pub meta_info_timezone: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "meta_info.use_case")]
        pub meta_info_use_case: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<::serde_json::Value>,
        ///What the documentation does not name, by its name on the wire.
        #[serde(flatten)]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///One page of a list of clients.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ClientList {
        ///List of client objects
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub clients: ::std::vec::Vec<ClientAccount>,
        ///Number of results returned
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub count: ::std::option::Option<i64>,
        ///Filter results by client fields
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub filters: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        ///Maximum number of results to return
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<i64>,
        ///Number of results to skip
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub offset: ::std::option::Option<i64>,
        ///Sort results by client fields
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub sort: ::std::vec::Vec<::std::string::String>,
        ///Total number of results
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub total: ::std::option::Option<i64>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///What a client says of its business.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ClientMetaInfo {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub about: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub business_description: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub business_vertical: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub timezone: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_case: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///What to change of a client; what is absent stays as it is.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ClientUpdate {
        ///Maximum number of channels/numbers that the client can have
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub max_channels: ::std::option::Option<i64>,
        ///Optional field that partner can use to configure something on their logic or distinguish clients based on different values
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub partner_payload: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///How to reach a client.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ContactInfo {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub city: ::std::option::Option<::std::string::String>,
        ///Country code
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub country: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub full_name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub language: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub phone: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub street_name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub webpage_url: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub zip_code: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///The person to reach at a client.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ContactUser {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub phone: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///The body of every error.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ErrorResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub meta: ::std::option::Option<ErrorResponseMeta>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///What the API says of an error.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct ErrorResponseMeta {
        ///More about the error, such as an object or an array of texts
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub details: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub developer_message: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub http_code: ::std::option::Option<i64>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub success: ::std::option::Option<bool>,
        ///Trace ID for debugging purposes
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(rename = "360dialog_trace_id")]
        pub trace_id: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///A partner account.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Partner {
        ///If set to false, clients will not be able to onboard new numbers
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub allow_client_to_add_phone_no: ::std::option::Option<bool>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub billing_system: ::std::option::Option<::std::string::String>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub blocked_new_submission: ::std::option::Option<bool>,
        ///Brand name
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub brand_name: ::std::option::Option<::std::string::String>,
        ///Country code
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub country: ::std::option::Option<::std::string::String>,
        ///Partner ID
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::types::PartnerId>,
        ///Logo url
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub logo_url: ::std::option::Option<::std::string::String>,
        ///\[Internal Field\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub onboarding_deeplink_add_params: ::std::option::Option<bool>,
        ///Partner redirect URL, clients will be redirected to this URL after integrated onboarding is done.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub partner_redirect_url: ::std::option::Option<::std::string::String>,
        ///\[Deprecated\]
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        #[deprecated]
        pub payment_plan: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        ///\[Deprecated\]
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub payment_required: ::std::option::Option<bool>,
        ///\[Deprecated\] Stripe public key
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[deprecated]
        pub publishable_key: ::std::option::Option<::std::string::String>,
        ///Settings that configure features of the partner hub
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub settings: ::std::option::Option<PartnerSettings>,
        ///Webhook url for Partners API events (non-messaging)
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub webhook_url: ::std::option::Option<::std::string::String>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///A client's move from one partner to another.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerChangeRequest {
        ///Datetime of when this PCR was created.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_at: ::std::option::Option<crate::types::Timestamp>,
        ///ID of partner change request object.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::types::PartnerChangeRequestId>,
        ///True means all client channels were/will be moved in this pcr. False means partial migration.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub is_full_migration: ::std::option::Option<bool>,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub migrated_channels: ::std::vec::Vec<crate::types::ChannelId>,
        ///Datetime of when this PCR was updated.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub modified_at: ::std::option::Option<crate::types::Timestamp>,
        ///Original client id.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub source_client_id: ::std::option::Option<crate::types::ClientId>,
        ///Original partner id.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub source_partner_id: ::std::option::Option<crate::types::PartnerId>,
        ///Status of partner change request object. Possible values: created,pending,completed,failed
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<::std::string::String>,
        ///The copy/clone client id that will be created under target partner (only required for partial migrations).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub target_client_id: ::std::option::Option<crate::types::ClientId>,
        ///Client will be moved to this partner id.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub target_partner_id: ::std::option::Option<crate::types::PartnerId>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///Which partner change requests a list has. All filters that are set must match.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[derive(Default)]
    pub struct PartnerChangeRequestFilters {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_at: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub is_full_migration: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub q: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub source_client_id: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub source_partner_id: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub target_client_id: ::std::option::Option<::serde_json::Value>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub target_partner_id: ::std::option::Option<::serde_json::Value>,
        ///What the documentation does not name, by its name on the wire.
        #[serde(flatten)]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///One page of a list of partner change requests.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerChangeRequestList {
        ///Number of results returned
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub count: ::std::option::Option<i64>,
        ///Filter results by client fields
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::null_as_empty")]
        pub filters: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        ///Maximum number of results to return
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<i64>,
        ///Number of results to skip
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub offset: ::std::option::Option<i64>,
        ///List of partner change request objects
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub partner_change_requests: ::std::vec::Vec<PartnerChangeRequest>,
        ///Sort results by partner change request fields
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        #[serde(deserialize_with = "crate::values::lenient::list")]
        pub sort: ::std::vec::Vec<::std::string::String>,
        ///Total number of results
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub total: ::std::option::Option<i64>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///What happens to change requests that arrive.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerChangeRequestSettings {
        ///When true, all the partner change requests from other clients to your partner hub will be automatically approved.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub auto_approve: ::std::option::Option<bool>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///How messages between the partner and the hub are secured.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerIoSecureSettings {
        ///Whether IO signature verification is enabled
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub io_signature_verification_enabled: ::std::option::Option<bool>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///Settings of the partner hub.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerSettings {
        ///Account sharing settings
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub account_sharing: ::std::option::Option<AccountSharingSettings>,
        ///Whether bearer token authentication is disabled
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub bearer_token_auth_disabled: ::std::option::Option<bool>,
        ///Default location where new channel's message data is stored at rest
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub default_data_localization_region: ::std::option::Option<
            ::std::string::String,
        >,
        ///Partner IO security settings
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub io_secure: ::std::option::Option<PartnerIoSecureSettings>,
        ///Is the partner a direct 360dialog account?
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub is_direct_360dialog_partner: ::std::option::Option<bool>,
        ///Partner change request settings
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub partner_change_request: ::std::option::Option<PartnerChangeRequestSettings>,
        ///Whether to proxy requests to the marketing messages API
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_marketing_messages_api: ::std::option::Option<bool>,
    }

    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    ///What to change of a partner; what is absent stays as it is.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct PartnerUpdate {
        ///Allow clients to add phone numbers?
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub allow_client_to_add_phone_no: ::std::option::Option<bool>,
        ///Partner redirect URL, clients will be redirected to this URL after integrated onboarding is done.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub partner_redirect_url: ::std::option::Option<::std::string::String>,
        ///Webhook URL
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub webhook_url: ::std::option::Option<::std::string::String>,
    }

    ///Current availability status of the channel. This is the unified source of truth for channel availability. Possible values are:
    ///- **setting_up**: Channel is being set up
    ///- **ready**: Channel is ready and available for messaging
    ///- **error**: Channel has an error and is not available for messaging
    ///- **cancelled**: Channel is cancelled (cancelled_at is set, not yet terminated)
    ///- **inactive**: Channel is inactive (terminated_at is in the past)
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ChannelAvailability {
        ///Channel is being set up
        SettingUp,
        ///Channel is ready and available for messaging
        Ready,
        ///Channel has an error and is not available for messaging
        Error,
        ///Channel is cancelled (cancelled_at is set, not yet terminated)
        Cancelled,
        ///Channel is inactive (terminated_at is in the past)
        Inactive,
        /// A value that is not in the published documentation, as it was sent.
        Unknown(::std::string::String),
    }

    impl ChannelAvailability {
        /// The published values.
        pub const KNOWN: &'static [Self] = &[
            Self::SettingUp,
            Self::Ready,
            Self::Error,
            Self::Cancelled,
            Self::Inactive,
        ];
        /// The value as the API writes it.
        pub fn as_str(&self) -> &str {
            match self {
                Self::SettingUp => "setting_up",
                Self::Ready => "ready",
                Self::Error => "error",
                Self::Cancelled => "cancelled",
                Self::Inactive => "inactive",
                Self::Unknown(value) => value,
            }
        }
    }

    impl ::std::convert::From<&str> for ChannelAvailability {
        fn from(value: &str) -> Self {
            match value {
                "setting_up" => Self::SettingUp,
                "ready" => Self::Ready,
                "error" => Self::Error,
                "cancelled" => Self::Cancelled,
                "inactive" => Self::Inactive,
                other => Self::Unknown(other.to_owned()),
            }
        }
    }

    crate::values::open_enum::open_enum!(ChannelAvailability);
    ///One channel id.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ChannelId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(ChannelId);
    ///Current status of the channel. Possible values are:
    ///- **created**: The channel is created and process for onboarding is started.
    ///- **unverified**: The channel is submitted to Meta and waiting for them to verify the display name.
    ///- **verified**: The channel display name is verified by Meta.
    ///- **ready**: The channel onboarding is completed and can be used for sending and receiving messages.
    ///- **transferred**: The channel is transferred to another BSP and 360dialog does not have access to it.
    ///- **modified**: \[deprecated\] When a channel name is updated.
    ///- **imported**: \[deprecated\]
    ///- **new_name_requested**: A new display name is requested for the channel and waiting for Meta's approval.
    ///- **certificate_declined**: The channel display name is rejected by Meta.
    ///- **consents_signed**: \[deprecated\]
    ///- **error**: Channel setup is failed for any reason and channel can not be used for messaging.
    ///- **porting_ready**: \[deprecated\]
    ///- **ready_for_migration**: \[deprecated\] A new channel is created to migrate a phone number from another BSP to 360dialog.
    ///- **waiting_for_migration_code**: \[deprecated\] Channel migration is initiated and next step is requesting a migration code from Meta.
    ///- **migration_code_requested**: \[deprecated\] Channel migration code is requested from Meta.
    ///- **migration_verified**: \[deprecated\] Channel migration is verified.
    ///- **unregistered**: \[deprecated\] \[on-prem\] On-prem stack health has become unregistered and needs to be re-registered.
    ///- **removed**: 360dialog does not have access to the number on Meta.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ChannelStatus {
        ///The channel is created and process for onboarding is started.
        Created,
        ///The channel is submitted to Meta and waiting for them to verify the display name.
        Unverified,
        ///The channel display name is verified by Meta.
        Verified,
        ///The channel onboarding is completed and can be used for sending and receiving messages.
        Ready,
        ///The channel is transferred to another BSP and 360dialog does not have access to it.
        Transferred,
        ///\[deprecated\] When a channel name is updated.
        Modified,
        ///\[deprecated\]
        Imported,
        ///A new display name is requested for the channel and waiting for Meta's approval.
        NewNameRequested,
        ///The channel display name is rejected by Meta.
        CertificateDeclined,
        ///\[deprecated\]
        ConsentsSigned,
        ///Channel setup is failed for any reason and channel can not be used for messaging.
        Error,
        ///\[deprecated\]
        PortingReady,
        ///\[deprecated\] A new channel is created to migrate a phone number from another BSP to 360dialog.
        ReadyForMigration,
        ///\[deprecated\] Channel migration is initiated and next step is requesting a migration code from Meta.
        WaitingForMigrationCode,
        ///\[deprecated\] Channel migration code is requested from Meta.
        MigrationCodeRequested,
        ///\[deprecated\] Channel migration is verified.
        MigrationVerified,
        ///\[deprecated\] \[on-prem\] On-prem stack health has become unregistered and needs to be re-registered.
        Unregistered,
        ///360dialog does not have access to the number on Meta.
        Removed,
        /// A value that is not in the published documentation, as it was sent.
        Unknown(::std::string::String),
    }

    impl ChannelStatus {
        /// The published values.
        pub const KNOWN: &'static [Self] = &[
            Self::Created,
            Self::Unverified,
            Self::Verified,
            Self::Ready,
            Self::Transferred,
            Self::Modified,
            Self::Imported,
            Self::NewNameRequested,
            Self::CertificateDeclined,
            Self::ConsentsSigned,
            Self::Error,
            Self::PortingReady,
            Self::ReadyForMigration,
            Self::WaitingForMigrationCode,
            Self::MigrationCodeRequested,
            Self::MigrationVerified,
            Self::Unregistered,
            Self::Removed,
        ];
        /// The value as the API writes it.
        pub fn as_str(&self) -> &str {
            match self {
                Self::Created => "created",
                Self::Unverified => "unverified",
                Self::Verified => "verified",
                Self::Ready => "ready",
                Self::Transferred => "transferred",
                Self::Modified => "modified",
                Self::Imported => "imported",
                Self::NewNameRequested => "new_name_requested",
                Self::CertificateDeclined => "certificate_declined",
                Self::ConsentsSigned => "consents_signed",
                Self::Error => "error",
                Self::PortingReady => "porting_ready",
                Self::ReadyForMigration => "ready_for_migration",
                Self::WaitingForMigrationCode => "waiting_for_migration_code",
                Self::MigrationCodeRequested => "migration_code_requested",
                Self::MigrationVerified => "migration_verified",
                Self::Unregistered => "unregistered",
                Self::Removed => "removed",
                Self::Unknown(value) => value,
            }
        }
    }

    impl ::std::convert::From<&str> for ChannelStatus {
        fn from(value: &str) -> Self {
            match value {
                "created" => Self::Created,
                "unverified" => Self::Unverified,
                "verified" => Self::Verified,
                "ready" => Self::Ready,
                "transferred" => Self::Transferred,
                "modified" => Self::Modified,
                "imported" => Self::Imported,
                "new_name_requested" => Self::NewNameRequested,
                "certificate_declined" => Self::CertificateDeclined,
                "consents_signed" => Self::ConsentsSigned,
                "error" => Self::Error,
                "porting_ready" => Self::PortingReady,
                "ready_for_migration" => Self::ReadyForMigration,
                "waiting_for_migration_code" => Self::WaitingForMigrationCode,
                "migration_code_requested" => Self::MigrationCodeRequested,
                "migration_verified" => Self::MigrationVerified,
                "unregistered" => Self::Unregistered,
                "removed" => Self::Removed,
                other => Self::Unknown(other.to_owned()),
            }
        }
    }

    crate::values::open_enum::open_enum!(ChannelStatus);
    ///The ID of the client.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ClientId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(ClientId);
    ///What a list can be sorted by; see [`Sort`](crate::Sort).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ClientSort {
        ///`id`
        Id,
        ///`name`
        Name,
        ///`status`
        Status,
        ///`meta_info.business_vertical`
        MetaInfoBusinessVertical,
        ///`meta_info.timezone`
        MetaInfoTimezone,
        ///`meta_info.about`
        MetaInfoAbout,
        ///`meta_info.business_description`
        MetaInfoBusinessDescription,
        ///`meta_info.use_case`
        MetaInfoUseCase,
        ///`contact_info.webpage_url`
        ContactInfoWebpageUrl,
        ///`contact_info.email`
        ContactInfoEmail,
        ///`contact_info.phone`
        ContactInfoPhone,
        ///`contact_info.language`
        ContactInfoLanguage,
        ///`contact_info.country`
        ContactInfoCountry,
        ///`contact_info.street_name`
        ContactInfoStreetName,
        ///`contact_info.city`
        ContactInfoCity,
        ///`contact_info.zip_code`
        ContactInfoZipCode,
        ///`contact_user.phone`
        ContactUserPhone,
        ///`contact_user.email`
        ContactUserEmail,
        ///`contact_user.name`
        ContactUserName,
        ///`created_at`
        CreatedAt,
        ///`modified_at`
        ModifiedAt,
    }

    impl ClientSort {
        /// The documented keys.
        pub const KNOWN: &'static [Self] = &[
            Self::Id,
            Self::Name,
            Self::Status,
            Self::MetaInfoBusinessVertical,
            Self::MetaInfoTimezone,
            Self::MetaInfoAbout,
            Self::MetaInfoBusinessDescription,
            Self::MetaInfoUseCase,
            Self::ContactInfoWebpageUrl,
            Self::ContactInfoEmail,
            Self::ContactInfoPhone,
            Self::ContactInfoLanguage,
            Self::ContactInfoCountry,
            Self::ContactInfoStreetName,
            Self::ContactInfoCity,
            Self::ContactInfoZipCode,
            Self::ContactUserPhone,
            Self::ContactUserEmail,
            Self::ContactUserName,
            Self::CreatedAt,
            Self::ModifiedAt,
        ];
        /// The key as the API writes it.
        #[must_use]
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Id => "id",
                Self::Name => "name",
                Self::Status => "status",
                Self::MetaInfoBusinessVertical => "meta_info.business_vertical",
                Self::MetaInfoTimezone => "meta_info.timezone",
                Self::MetaInfoAbout => "meta_info.about",
                Self::MetaInfoBusinessDescription => "meta_info.business_description",
                Self::MetaInfoUseCase => "meta_info.use_case",
                Self::ContactInfoWebpageUrl => "contact_info.webpage_url",
                Self::ContactInfoEmail => "contact_info.email",
                Self::ContactInfoPhone => "contact_info.phone",
                Self::ContactInfoLanguage => "contact_info.language",
                Self::ContactInfoCountry => "contact_info.country",
                Self::ContactInfoStreetName => "contact_info.street_name",
                Self::ContactInfoCity => "contact_info.city",
                Self::ContactInfoZipCode => "contact_info.zip_code",
                Self::ContactUserPhone => "contact_user.phone",
                Self::ContactUserEmail => "contact_user.email",
                Self::ContactUserName => "contact_user.name",
                Self::CreatedAt => "created_at",
                Self::ModifiedAt => "modified_at",
            }
        }
    }

    crate::values::sort::closed_sort_key!(ClientSort);
    ///The ID of the partner change request.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct PartnerChangeRequestId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(PartnerChangeRequestId);
    ///What a list can be sorted by; see [`Sort`](crate::Sort).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum PartnerChangeRequestSort {
        ///`id`
        Id,
        ///`status`
        Status,
        ///`created_at`
        CreatedAt,
        ///`is_full_migration`
        IsFullMigration,
        ///`source_client_id`
        SourceClientId,
        ///`target_client_id`
        TargetClientId,
        ///`source_partner_id`
        SourcePartnerId,
    }

    impl PartnerChangeRequestSort {
        /// The documented keys.
        pub const KNOWN: &'static [Self] = &[
            Self::Id,
            Self::Status,
            Self::CreatedAt,
            Self::IsFullMigration,
            Self::SourceClientId,
            Self::TargetClientId,
            Self::SourcePartnerId,
        ];
        /// The key as the API writes it.
        #[must_use]
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Id => "id",
                Self::Status => "status",
                Self::CreatedAt => "created_at",
                Self::IsFullMigration => "is_full_migration",
                Self::SourceClientId => "source_client_id",
                Self::TargetClientId => "target_client_id",
                Self::SourcePartnerId => "source_partner_id",
            }
        }
    }

    crate::values::sort::closed_sort_key!(PartnerChangeRequestSort);
    ///The ID of the partner.
    ///
    /// It holds any text, and cloning it is cheap. A call refuses one that would change the
    /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct PartnerId(::std::sync::Arc<str>);
    crate::values::identifier::identifier!(PartnerId);
    pub use crate::values::timestamp::Timestamp as Timestamp;
    ///Methods to receive an OTP and verify the number ownership
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum VerificationMethod {
        ///`voice`
        Voice,
        ///`sms`
        Sms,
        /// A value that is not in the published documentation, as it was sent.
        Unknown(::std::string::String),
    }

    impl VerificationMethod {
        /// The published values.
        pub const KNOWN: &'static [Self] = &[Self::Voice, Self::Sms];
        /// The value as the API writes it.
        pub fn as_str(&self) -> &str {
            match self {
                Self::Voice => "voice",
                Self::Sms => "sms",
                Self::Unknown(value) => value,
            }
        }
    }

    impl ::std::convert::From<&str> for VerificationMethod {
        fn from(value: &str) -> Self {
            match value {
                "voice" => Self::Voice,
                "sms" => Self::Sms,
                other => Self::Unknown(other.to_owned()),
            }
        }
    }

    crate::values::open_enum::open_enum!(VerificationMethod);
    impl ClientFilters {
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

    impl PartnerChangeRequestFilters {
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
///A client of the Partners V2 API, made with [`AuthExt`](crate::AuthExt).
///
///
///Cloning it is cheap, and clones share connections.
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::transport::Transport,
}

impl Client {
    ///Retrieve list of clients.
    ///
    ///This endpoint allows partners to get the list of clients.
    ///
    ///[`PaginateExt`](crate::PaginateExt) reads the whole list.
    ///
    ///Sends `GET /api/v2/partners/{partner_id}/clients`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#retrieve-list-of-clients)
    pub fn list_clients(&self) -> builder::ListClients<'_> {
        builder::ListClients::new(self)
    }

    ///Update a client.
    ///
    ///This endpoint allows partners to update client onboarding settings.
    ///
    ///Sends `PATCH /api/v2/partners/{partner_id}/clients/{client_id}`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#update-a-client)
    pub fn update_client(&self) -> builder::UpdateClient<'_> {
        builder::UpdateClient::new(self)
    }

    ///Retrieve Shared Client Numbers.
    ///
    ///This endpoint retrieves the list of channels that clients shared with the partner
    ///
    ///Sends `GET /api/v2/partners/{partner_id}/clients/{client_id}/shared_client_numbers`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#retrieve-shared-client-numbers)
    pub fn list_shared_client_numbers(&self) -> builder::ListSharedClientNumbers<'_> {
        builder::ListSharedClientNumbers::new(self)
    }

    ///Get list of Partner Change Requests.
    ///
    ///This endpoint fetches list of all partner change requests to your partner hub.
    ///
    ///[`PaginateExt`](crate::PaginateExt) reads the whole list.
    ///
    ///Sends `GET /api/v2/partners/{partner_id}/selective_partner_change_requests`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-change-request-management#get-list-of-partner-change-requests)
    pub fn list_partner_change_requests(
        &self,
    ) -> builder::ListPartnerChangeRequests<'_> {
        builder::ListPartnerChangeRequests::new(self)
    }

    ///Approve Partner Change Request.
    ///
    ///This endpoint approves a partner change request by ID.
    ///After approval, the background process will start and a client will be migrated.
    ///
    ///Sends `POST /api/v2/partners/{partner_id}/selective_partner_change_requests/{pcr_id}/approve`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-change-request-management#approve-partner-change-request)
    pub fn approve_partner_change_request(
        &self,
    ) -> builder::ApprovePartnerChangeRequest<'_> {
        builder::ApprovePartnerChangeRequest::new(self)
    }

    ///Retrieve partner.
    ///
    ///Use this endpoint to get partner account info.
    ///
    ///Sends `GET /api/v2/partners/{partner_id}`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-management#retrieve-partner)
    pub fn get_partner(&self) -> builder::GetPartner<'_> {
        builder::GetPartner::new(self)
    }

    ///Update partner.
    ///
    ///Use this endpoint to update some partner account settings like webhook_url and partner_redirect_url.
    ///
    ///Sends `PATCH /api/v2/partners/{partner_id}`.
    ///
    ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-management#update-partner)
    pub fn update_partner(&self) -> builder::UpdatePartner<'_> {
        builder::UpdatePartner::new(self)
    }

    ///Every operation with a `partner_id`, which is set already.
    ///
    /// Nothing is sent. One that cannot stand in a path is refused by each call.
    pub fn partner<V>(&self, partner_id: V) -> builder::PartnerScope<'_>
    where
        V: ::std::convert::TryInto<crate::types::PartnerId>,
        V::Error: ::std::fmt::Display,
    {
        builder::PartnerScope::new(self, partner_id)
    }
}

/// The builders of calls, one for each operation.
pub mod builder {
    use crate::{CallOptions, Error};
    use super::{encode_path, operations, types};
    use progenitor_client::{ByteStream, ResponseValue};
    ///Builder for [`Client::list_clients`]
    ///
    ///[`Client::list_clients`]: super::Client::list_clients
    #[derive(Debug, Clone)]
    pub struct ListClients<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        filters: Result<
            Option<crate::values::query::JsonParam<crate::types::ClientFilters>>,
            String,
        >,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        sort: Result<
            Option<crate::values::sort::Sort<crate::types::ClientSort>>,
            String,
        >,
    }

    impl<'a> ListClients<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                filters: Ok(None),
                limit: Ok(None),
                offset: Ok(None),
                sort: Ok(None),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///Filter results by client fields
        ///
        ///Sent as one JSON object.
        pub fn filters<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::query::JsonParam<crate::types::ClientFilters>,
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

        ///Maximum number of results to return
        ///
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

        ///Number of results to skip
        ///
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

        ///Sort results by a client field; a leading `-` means descending
        ///
        ///Keys, their `asc()` and `desc()`, or texts; see [`Sort`](crate::Sort).
        pub fn sort<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::sort::Sort<crate::types::ClientSort>,
            >,
            V::Error: ::std::fmt::Display,
        {
            self.sort = crate::values::argument::read("sort", value).map(Some);
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<types::ClientList>, Error> {
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
        ) -> Result<ResponseValue<types::ClientList>, Error> {
            let (client, request) = self.request()?;
            crate::transport::response::json(
                    &client.inner,
                    &operations::LIST_CLIENTS,
                    request,
                    &options,
                )
                .await
        }

        fn request(
            self,
        ) -> Result<(&'a super::Client, ::reqwest::Result<::reqwest::Request>), Error> {
            let Self { client, partner_id, filters, limit, offset, sort } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(&operations::LIST_CLIENTS, why))?;
            let filters = filters
                .map_err(|why| Error::invalid_request(&operations::LIST_CLIENTS, why))?;
            let limit = limit
                .map_err(|why| Error::invalid_request(&operations::LIST_CLIENTS, why))?;
            let offset = offset
                .map_err(|why| Error::invalid_request(&operations::LIST_CLIENTS, why))?;
            let sort = sort
                .map_err(|why| Error::invalid_request(&operations::LIST_CLIENTS, why))?;
            let url = format!(
                "{}/api/v2/partners/{}/clients", client.baseurl, encode_path(& partner_id
                .to_string()),
            );
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
                .query(&progenitor_client::QueryParam::new("sort", &sort))
                .build();
            Ok((client, request))
        }
    }

    ///Builder for [`Client::update_client`]
    ///
    ///[`Client::update_client`]: super::Client::update_client
    #[derive(Debug, Clone)]
    pub struct UpdateClient<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        client_id: Result<crate::types::ClientId, String>,
        body: Result<types::ClientUpdate, String>,
    }

    impl<'a> UpdateClient<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                client_id: Err("client_id: is required and was not set".to_owned()),
                body: Err("body: is required and was not set".to_owned()),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///The ID of the client.
        pub fn client_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ClientId>,
            V::Error: ::std::fmt::Display,
        {
            self.client_id = crate::values::argument::checked(
                "client_id",
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
            V: ::std::convert::TryInto<types::ClientUpdate>,
            V::Error: ::std::fmt::Display,
        {
            self.body = crate::values::argument::checked(
                "body",
                value,
                crate::values::argument::sets_something,
            );
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<types::ClientAccount>, Error> {
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
        ) -> Result<ResponseValue<types::ClientAccount>, Error> {
            let Self { client, partner_id, client_id, body } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(&operations::UPDATE_CLIENT, why))?;
            let client_id = client_id
                .map_err(|why| Error::invalid_request(&operations::UPDATE_CLIENT, why))?;
            let body = body
                .map_err(|why| Error::invalid_request(&operations::UPDATE_CLIENT, why))?;
            let url = format!(
                "{}/api/v2/partners/{}/clients/{}", client.baseurl, encode_path(&
                partner_id.to_string()), encode_path(& client_id.to_string()),
            );
            let request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .build();
            crate::transport::response::json(
                    &client.inner,
                    &operations::UPDATE_CLIENT,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::list_shared_client_numbers`]
    ///
    ///[`Client::list_shared_client_numbers`]: super::Client::list_shared_client_numbers
    #[derive(Debug, Clone)]
    pub struct ListSharedClientNumbers<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        client_id: Result<crate::types::ClientId, String>,
    }

    impl<'a> ListSharedClientNumbers<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                client_id: Err("client_id: is required and was not set".to_owned()),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///The ID of the client.
        pub fn client_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::ClientId>,
            V::Error: ::std::fmt::Display,
        {
            self.client_id = crate::values::argument::checked(
                "client_id",
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
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::std::vec::Vec<types::Channel>>, Error> {
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
        ) -> Result<ResponseValue<::std::vec::Vec<types::Channel>>, Error> {
            let Self { client, partner_id, client_id } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_SHARED_CLIENT_NUMBERS,
                    why,
                ))?;
            let client_id = client_id
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_SHARED_CLIENT_NUMBERS,
                    why,
                ))?;
            let url = format!(
                "{}/api/v2/partners/{}/clients/{}/shared_client_numbers", client.baseurl,
                encode_path(& partner_id.to_string()), encode_path(& client_id
                .to_string()),
            );
            let request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .build();
            crate::transport::response::list(
                    &client.inner,
                    &operations::LIST_SHARED_CLIENT_NUMBERS,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::list_partner_change_requests`]
    ///
    ///[`Client::list_partner_change_requests`]: super::Client::list_partner_change_requests
    #[derive(Debug, Clone)]
    pub struct ListPartnerChangeRequests<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        filters: Result<
            Option<
                crate::values::query::JsonParam<
                    crate::types::PartnerChangeRequestFilters,
                >,
            >,
            String,
        >,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        sort: Result<
            Option<crate::values::sort::Sort<crate::types::PartnerChangeRequestSort>>,
            String,
        >,
    }

    impl<'a> ListPartnerChangeRequests<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                filters: Ok(None),
                limit: Ok(None),
                offset: Ok(None),
                sort: Ok(None),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///Filter results by partner change request fields
        ///
        ///Sent as one JSON object.
        pub fn filters<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::query::JsonParam<
                    crate::types::PartnerChangeRequestFilters,
                >,
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

        ///Maximum number of results to return
        ///
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

        ///Number of results to skip
        ///
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

        ///Sort results by a partner change request field; a leading `-` means descending
        ///
        ///Keys, their `asc()` and `desc()`, or texts; see [`Sort`](crate::Sort).
        pub fn sort<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<
                crate::values::sort::Sort<crate::types::PartnerChangeRequestSort>,
            >,
            V::Error: ::std::fmt::Display,
        {
            self.sort = crate::values::argument::read("sort", value).map(Some);
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
        ) -> Result<ResponseValue<types::PartnerChangeRequestList>, Error> {
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
        ) -> Result<ResponseValue<types::PartnerChangeRequestList>, Error> {
            let (client, request) = self.request()?;
            crate::transport::response::json(
                    &client.inner,
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    request,
                    &options,
                )
                .await
        }

        fn request(
            self,
        ) -> Result<(&'a super::Client, ::reqwest::Result<::reqwest::Request>), Error> {
            let Self { client, partner_id, filters, limit, offset, sort } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    why,
                ))?;
            let filters = filters
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    why,
                ))?;
            let limit = limit
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    why,
                ))?;
            let offset = offset
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    why,
                ))?;
            let sort = sort
                .map_err(|why| Error::invalid_request(
                    &operations::LIST_PARTNER_CHANGE_REQUESTS,
                    why,
                ))?;
            let url = format!(
                "{}/api/v2/partners/{}/selective_partner_change_requests", client
                .baseurl, encode_path(& partner_id.to_string()),
            );
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
                .query(&progenitor_client::QueryParam::new("sort", &sort))
                .build();
            Ok((client, request))
        }
    }

    ///Builder for [`Client::approve_partner_change_request`]
    ///
    ///[`Client::approve_partner_change_request`]: super::Client::approve_partner_change_request
    #[derive(Debug, Clone)]
    pub struct ApprovePartnerChangeRequest<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        pcr_id: Result<crate::types::PartnerChangeRequestId, String>,
    }

    impl<'a> ApprovePartnerChangeRequest<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                pcr_id: Err("pcr_id: is required and was not set".to_owned()),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
                value,
                crate::values::identifier::check,
            );
            self
        }

        ///The ID of the partner change request.
        pub fn pcr_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerChangeRequestId>,
            V::Error: ::std::fmt::Display,
        {
            self.pcr_id = crate::values::argument::checked(
                "pcr_id",
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
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::PartnerChangeRequest>, Error> {
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
        ) -> Result<ResponseValue<types::PartnerChangeRequest>, Error> {
            let Self { client, partner_id, pcr_id } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(
                    &operations::APPROVE_PARTNER_CHANGE_REQUEST,
                    why,
                ))?;
            let pcr_id = pcr_id
                .map_err(|why| Error::invalid_request(
                    &operations::APPROVE_PARTNER_CHANGE_REQUEST,
                    why,
                ))?;
            let url = format!(
                "{}/api/v2/partners/{}/selective_partner_change_requests/{}/approve",
                client.baseurl, encode_path(& partner_id.to_string()), encode_path(&
                pcr_id.to_string()),
            );
            let request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .build();
            crate::transport::response::json(
                    &client.inner,
                    &operations::APPROVE_PARTNER_CHANGE_REQUEST,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::get_partner`]
    ///
    ///[`Client::get_partner`]: super::Client::get_partner
    #[derive(Debug, Clone)]
    pub struct GetPartner<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
    }

    impl<'a> GetPartner<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
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
        pub async fn send(self) -> Result<ResponseValue<types::Partner>, Error> {
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
        ) -> Result<ResponseValue<types::Partner>, Error> {
            let Self { client, partner_id } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(&operations::GET_PARTNER, why))?;
            let url = format!(
                "{}/api/v2/partners/{}", client.baseurl, encode_path(& partner_id
                .to_string()),
            );
            let request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .build();
            crate::transport::response::json(
                    &client.inner,
                    &operations::GET_PARTNER,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Builder for [`Client::update_partner`]
    ///
    ///[`Client::update_partner`]: super::Client::update_partner
    #[derive(Debug, Clone)]
    pub struct UpdatePartner<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
        body: Result<types::PartnerUpdate, String>,
    }

    impl<'a> UpdatePartner<'a> {
        pub(crate) fn new(client: &'a super::Client) -> Self {
            Self {
                client,
                partner_id: Err("partner_id: is required and was not set".to_owned()),
                body: Err("body: is required and was not set".to_owned()),
            }
        }

        ///The ID of the partner.
        pub fn partner_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            self.partner_id = crate::values::argument::checked(
                "partner_id",
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
            V: ::std::convert::TryInto<types::PartnerUpdate>,
            V::Error: ::std::fmt::Display,
        {
            self.body = crate::values::argument::checked(
                "body",
                value,
                crate::values::argument::sets_something,
            );
            self
        }

        /// Sends the request and reads the answer.
        ///
        /// # Errors
        ///
        /// When an argument is missing or was refused (nothing is sent then), the API cannot be
        /// reached, it answers with an error, or its answer cannot be read.
        pub async fn send(self) -> Result<ResponseValue<types::Partner>, Error> {
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
        ) -> Result<ResponseValue<types::Partner>, Error> {
            let Self { client, partner_id, body } = self;
            let partner_id = partner_id
                .map_err(|why| Error::invalid_request(
                    &operations::UPDATE_PARTNER,
                    why,
                ))?;
            let body = body
                .map_err(|why| Error::invalid_request(
                    &operations::UPDATE_PARTNER,
                    why,
                ))?;
            let url = format!(
                "{}/api/v2/partners/{}", client.baseurl, encode_path(& partner_id
                .to_string()),
            );
            let request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .build();
            crate::transport::response::json(
                    &client.inner,
                    &operations::UPDATE_PARTNER,
                    request,
                    &options,
                )
                .await
        }
    }

    ///Every operation with a `partner_id`, which is set already; from [`Client::partner`](super::Client::partner).
    #[derive(Clone, Debug)]
    pub struct PartnerScope<'a> {
        client: &'a super::Client,
        partner_id: Result<crate::types::PartnerId, String>,
    }

    impl<'a> PartnerScope<'a> {
        pub(crate) fn new<V>(client: &'a super::Client, value: V) -> Self
        where
            V: ::std::convert::TryInto<crate::types::PartnerId>,
            V::Error: ::std::fmt::Display,
        {
            Self {
                client,
                partner_id: crate::values::argument::checked(
                    "partner_id",
                    value,
                    crate::values::identifier::check,
                ),
            }
        }

        ///Retrieve list of clients.
        ///
        ///This endpoint allows partners to get the list of clients.
        ///
        ///[`PaginateExt`](crate::PaginateExt) reads the whole list.
        ///
        ///Sends `GET /api/v2/partners/{partner_id}/clients`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#retrieve-list-of-clients)
        pub fn list_clients(&self) -> ListClients<'a> {
            ListClients {
                partner_id: self.partner_id.clone(),
                ..ListClients::new(self.client)
            }
        }

        ///Update a client.
        ///
        ///This endpoint allows partners to update client onboarding settings.
        ///
        ///Sends `PATCH /api/v2/partners/{partner_id}/clients/{client_id}`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#update-a-client)
        pub fn update_client(&self) -> UpdateClient<'a> {
            UpdateClient {
                partner_id: self.partner_id.clone(),
                ..UpdateClient::new(self.client)
            }
        }

        ///Retrieve Shared Client Numbers.
        ///
        ///This endpoint retrieves the list of channels that clients shared with the partner
        ///
        ///Sends `GET /api/v2/partners/{partner_id}/clients/{client_id}/shared_client_numbers`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/client-management#retrieve-shared-client-numbers)
        pub fn list_shared_client_numbers(&self) -> ListSharedClientNumbers<'a> {
            ListSharedClientNumbers {
                partner_id: self.partner_id.clone(),
                ..ListSharedClientNumbers::new(self.client)
            }
        }

        ///Get list of Partner Change Requests.
        ///
        ///This endpoint fetches list of all partner change requests to your partner hub.
        ///
        ///[`PaginateExt`](crate::PaginateExt) reads the whole list.
        ///
        ///Sends `GET /api/v2/partners/{partner_id}/selective_partner_change_requests`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-change-request-management#get-list-of-partner-change-requests)
        pub fn list_partner_change_requests(&self) -> ListPartnerChangeRequests<'a> {
            ListPartnerChangeRequests {
                partner_id: self.partner_id.clone(),
                ..ListPartnerChangeRequests::new(self.client)
            }
        }

        ///Approve Partner Change Request.
        ///
        ///This endpoint approves a partner change request by ID.
        ///After approval, the background process will start and a client will be migrated.
        ///
        ///Sends `POST /api/v2/partners/{partner_id}/selective_partner_change_requests/{pcr_id}/approve`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-change-request-management#approve-partner-change-request)
        pub fn approve_partner_change_request(&self) -> ApprovePartnerChangeRequest<'a> {
            ApprovePartnerChangeRequest {
                partner_id: self.partner_id.clone(),
                ..ApprovePartnerChangeRequest::new(self.client)
            }
        }

        ///Retrieve partner.
        ///
        ///Use this endpoint to get partner account info.
        ///
        ///Sends `GET /api/v2/partners/{partner_id}`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-management#retrieve-partner)
        pub fn get_partner(&self) -> GetPartner<'a> {
            GetPartner {
                partner_id: self.partner_id.clone(),
                ..GetPartner::new(self.client)
            }
        }

        ///Update partner.
        ///
        ///Use this endpoint to update some partner account settings like webhook_url and partner_redirect_url.
        ///
        ///Sends `PATCH /api/v2/partners/{partner_id}`.
        ///
        ///[Published documentation](https://docs.360dialog.com/partner/partner-api/api-reference/partner-management#update-partner)
        pub fn update_partner(&self) -> UpdatePartner<'a> {
            UpdatePartner {
                partner_id: self.partner_id.clone(),
                ..UpdatePartner::new(self.client)
            }
        }
    }

    impl<'a> crate::ListOperation for ListClients<'a> {
        type Item = types::ClientAccount;
        fn into_source(self) -> crate::paginate::ListSource<Self::Item> {
            let Self { client, partner_id, filters, limit, offset, sort } = self;
            let client = client.clone();
            let sort = sort.map(|sort| sort.or_else(|| "id".try_into().ok()));
            crate::paginate::ListSource::new(
                &operations::LIST_CLIENTS,
                limit,
                offset,
                Some(|row, hasher| {
                    row.id
                        .as_ref()
                        .map(|id| ::std::hash::BuildHasher::hash_one(hasher, id))
                }),
                move |limit, offset| {
                    let client = client.clone();
                    let partner_id = partner_id.clone();
                    let filters = filters.clone();
                    let sort = sort.clone();
                    async move {
                        let (limit, offset) = (Ok(limit), Ok(Some(offset)));
                        let client = &client;
                        let (client, request) = ListClients {
                            client,
                            partner_id,
                            filters,
                            limit,
                            offset,
                            sort,
                        }
                            .request()?;
                        let layout = crate::paginate::Layout::new(None, "clients");
                        crate::transport::response::page(
                                &client.inner,
                                &operations::LIST_CLIENTS,
                                request,
                                layout,
                            )
                            .await
                    }
                },
            )
        }
    }

    impl<'a> crate::ListOperation for ListPartnerChangeRequests<'a> {
        type Item = types::PartnerChangeRequest;
        fn into_source(self) -> crate::paginate::ListSource<Self::Item> {
            let Self { client, partner_id, filters, limit, offset, sort } = self;
            let client = client.clone();
            let sort = sort.map(|sort| sort.or_else(|| "id".try_into().ok()));
            crate::paginate::ListSource::new(
                &operations::LIST_PARTNER_CHANGE_REQUESTS,
                limit,
                offset,
                Some(|row, hasher| {
                    row.id
                        .as_ref()
                        .map(|id| ::std::hash::BuildHasher::hash_one(hasher, id))
                }),
                move |limit, offset| {
                    let client = client.clone();
                    let partner_id = partner_id.clone();
                    let filters = filters.clone();
                    let sort = sort.clone();
                    async move {
                        let (limit, offset) = (Ok(limit), Ok(Some(offset)));
                        let client = &client;
                        let (client, request) = ListPartnerChangeRequests {
                            client,
                            partner_id,
                            filters,
                            limit,
                            offset,
                            sort,
                        }
                            .request()?;
                        let layout = crate::paginate::Layout::new(
                            None,
                            "partner_change_requests",
                        );
                        crate::transport::response::page(
                                &client.inner,
                                &operations::LIST_PARTNER_CHANGE_REQUESTS,
                                request,
                                layout,
                            )
                            .await
                    }
                },
            )
        }
    }
}

/// What the transport needs to know of each operation.
pub(crate) mod operations {
    use super::types;
    use crate::operation::Operation;
    /// The address of the API.
    pub(crate) const BASE_URL: &str = "https://hub.360dialog.io";
    /// Every operation.
    pub(crate) const ALL: &[&Operation] = &[
        &LIST_CLIENTS,
        &UPDATE_CLIENT,
        &LIST_SHARED_CLIENT_NUMBERS,
        &LIST_PARTNER_CHANGE_REQUESTS,
        &APPROVE_PARTNER_CHANGE_REQUEST,
        &GET_PARTNER,
        &UPDATE_PARTNER,
    ];
    /// The size of the largest type, in bytes.
    pub(crate) const LARGEST: usize = crate::transport::footprint::largest(
        &[
            size_of::<types::AccountSharingSettings>(),
            size_of::<types::Channel>(),
            size_of::<types::ChannelSettings>(),
            size_of::<types::ChannelSetupInfo>(),
            size_of::<types::ChannelThroughput>(),
            size_of::<types::ClientAccount>(),
            size_of::<types::ClientFilters>(),
            size_of::<types::ClientList>(),
            size_of::<types::ClientMetaInfo>(),
            size_of::<types::ClientUpdate>(),
            size_of::<types::ContactInfo>(),
            size_of::<types::ContactUser>(),
            size_of::<types::ErrorResponse>(),
            size_of::<types::ErrorResponseMeta>(),
            size_of::<types::Partner>(),
            size_of::<types::PartnerChangeRequest>(),
            size_of::<types::PartnerChangeRequestFilters>(),
            size_of::<types::PartnerChangeRequestList>(),
            size_of::<types::PartnerChangeRequestSettings>(),
            size_of::<types::PartnerIoSecureSettings>(),
            size_of::<types::PartnerSettings>(),
            size_of::<types::PartnerUpdate>(),
            size_of::<types::ChannelAvailability>(),
            size_of::<types::ChannelId>(),
            size_of::<types::ChannelStatus>(),
            size_of::<types::ClientId>(),
            size_of::<types::ClientSort>(),
            size_of::<types::PartnerChangeRequestId>(),
            size_of::<types::PartnerChangeRequestSort>(),
            size_of::<types::PartnerId>(),
            size_of::<types::VerificationMethod>(),
        ],
    );
    pub(crate) const LIST_CLIENTS: Operation = Operation {
        id: "list_clients",
        method: "GET",
        path: "/api/v2/partners/{partner_id}/clients",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const UPDATE_CLIENT: Operation = Operation {
        id: "update_client",
        method: "PATCH",
        path: "/api/v2/partners/{partner_id}/clients/{client_id}",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const LIST_SHARED_CLIENT_NUMBERS: Operation = Operation {
        id: "list_shared_client_numbers",
        method: "GET",
        path: "/api/v2/partners/{partner_id}/clients/{client_id}/shared_client_numbers",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const LIST_PARTNER_CHANGE_REQUESTS: Operation = Operation {
        id: "list_partner_change_requests",
        method: "GET",
        path: "/api/v2/partners/{partner_id}/selective_partner_change_requests",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const APPROVE_PARTNER_CHANGE_REQUEST: Operation = Operation {
        id: "approve_partner_change_request",
        method: "POST",
        path: "/api/v2/partners/{partner_id}/selective_partner_change_requests/{pcr_id}/approve",
        idempotent: false,
        authenticated: true,
    };
    pub(crate) const GET_PARTNER: Operation = Operation {
        id: "get_partner",
        method: "GET",
        path: "/api/v2/partners/{partner_id}",
        idempotent: true,
        authenticated: true,
    };
    pub(crate) const UPDATE_PARTNER: Operation = Operation {
        id: "update_partner",
        method: "PATCH",
        path: "/api/v2/partners/{partner_id}",
        idempotent: true,
        authenticated: true,
    };
}

/// The types beside those of this file that its operations use.
pub(crate) mod exports {
    pub use crate::values::query::JsonParam;
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
        pub struct ListClientsWhen(::httpmock::When);
        impl ListClientsWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(
                            regex::Regex::new("^/api/v2/partners/[^/]*/clients$")
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}/clients$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn filters<'a, T>(self, value: T) -> Self
            where
                T: Into<
                    Option<
                        &'a crate::values::query::JsonParam<crate::types::ClientFilters>,
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
            pub fn sort<'a, T>(self, value: T) -> Self
            where
                T: Into<Option<&'a crate::values::sort::Sort<crate::types::ClientSort>>>,
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
        }

        pub struct ListClientsThen(::httpmock::Then);
        impl ListClientsThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::ClientList) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct UpdateClientWhen(::httpmock::When);
        impl UpdateClientWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::PATCH)
                        .path_matches(
                            regex::Regex::new("^/api/v2/partners/[^/]*/clients/[^/]*$")
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}/clients/.*$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn client_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/.*/clients/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn body(self, value: &types::ClientUpdate) -> Self {
                Self(self.0.json_body_obj(&value))
            }
        }

        pub struct UpdateClientThen(::httpmock::Then);
        impl UpdateClientThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::ClientAccount) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct ListSharedClientNumbersWhen(::httpmock::When);
        impl ListSharedClientNumbersWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(
                            regex::Regex::new(
                                    "^/api/v2/partners/[^/]*/clients/[^/]*/shared_client_numbers$",
                                )
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}/clients/.*/shared_client_numbers$",
                            regex::escape(& crate ::generated::encode_path(& value
                            .to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn client_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/.*/clients/{}/shared_client_numbers$",
                            regex::escape(& crate ::generated::encode_path(& value
                            .to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
        }

        pub struct ListSharedClientNumbersThen(::httpmock::Then);
        impl ListSharedClientNumbersThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &::std::vec::Vec<types::Channel>) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct ListPartnerChangeRequestsWhen(::httpmock::When);
        impl ListPartnerChangeRequestsWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(
                            regex::Regex::new(
                                    "^/api/v2/partners/[^/]*/selective_partner_change_requests$",
                                )
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}/selective_partner_change_requests$",
                            regex::escape(& crate ::generated::encode_path(& value
                            .to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn filters<'a, T>(self, value: T) -> Self
            where
                T: Into<
                    Option<
                        &'a crate::values::query::JsonParam<
                            crate::types::PartnerChangeRequestFilters,
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
            pub fn sort<'a, T>(self, value: T) -> Self
            where
                T: Into<
                    Option<
                        &'a crate::values::sort::Sort<
                            crate::types::PartnerChangeRequestSort,
                        >,
                    >,
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
        }

        pub struct ListPartnerChangeRequestsThen(::httpmock::Then);
        impl ListPartnerChangeRequestsThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::PartnerChangeRequestList) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct ApprovePartnerChangeRequestWhen(::httpmock::When);
        impl ApprovePartnerChangeRequestWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::POST)
                        .path_matches(
                            regex::Regex::new(
                                    "^/api/v2/partners/[^/]*/selective_partner_change_requests/[^/]*/approve$",
                                )
                                .unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}/selective_partner_change_requests/.*/approve$",
                            regex::escape(& crate ::generated::encode_path(& value
                            .to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn pcr_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/.*/selective_partner_change_requests/{}/approve$",
                            regex::escape(& crate ::generated::encode_path(& value
                            .to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
        }

        pub struct ApprovePartnerChangeRequestThen(::httpmock::Then);
        impl ApprovePartnerChangeRequestThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::PartnerChangeRequest) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct GetPartnerWhen(::httpmock::When);
        impl GetPartnerWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::GET)
                        .path_matches(
                            regex::Regex::new("^/api/v2/partners/[^/]*$").unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
        }

        pub struct GetPartnerThen(::httpmock::Then);
        impl GetPartnerThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::Partner) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }

        pub struct UpdatePartnerWhen(::httpmock::When);
        impl UpdatePartnerWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::PATCH)
                        .path_matches(
                            regex::Regex::new("^/api/v2/partners/[^/]*$").unwrap(),
                        ),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn partner_id(self, value: impl ::std::fmt::Display) -> Self {
                let re = regex::Regex::new(
                        &format!(
                            "^/api/v2/partners/{}$", regex::escape(& crate
                            ::generated::encode_path(& value.to_string()))
                        ),
                    )
                    .unwrap();
                Self(self.0.path_matches(re))
            }
            pub fn body(self, value: &types::PartnerUpdate) -> Self {
                Self(self.0.json_body_obj(&value))
            }
        }

        pub struct UpdatePartnerThen(::httpmock::Then);
        impl UpdatePartnerThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn ok(self, value: &types::Partner) -> Self {
                Self(
                    self
                        .0
                        .status(200u16)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn client_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 4u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
            pub fn server_error(
                self,
                status: u16,
                value: &types::ErrorResponse,
            ) -> Self {
                assert_eq!(status / 100u16, 5u16);
                Self(
                    self
                        .0
                        .status(status)
                        .header("content-type", "application/json")
                        .json_body_obj(&value),
                )
            }
        }
    }

    /// An extension trait for [`MockServer`](::httpmock::MockServer) that
    /// adds a method for each operation. These are the equivalent of
    /// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
    pub trait MockServerExt {
        fn list_clients<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::ListClientsWhen, operations::ListClientsThen);
        fn update_client<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdateClientWhen, operations::UpdateClientThen);
        fn list_shared_client_numbers<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ListSharedClientNumbersWhen,
                operations::ListSharedClientNumbersThen,
            );
        fn list_partner_change_requests<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ListPartnerChangeRequestsWhen,
                operations::ListPartnerChangeRequestsThen,
            );
        fn approve_partner_change_request<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ApprovePartnerChangeRequestWhen,
                operations::ApprovePartnerChangeRequestThen,
            );
        fn get_partner<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::GetPartnerWhen, operations::GetPartnerThen);
        fn update_partner<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdatePartnerWhen, operations::UpdatePartnerThen);
    }

    impl MockServerExt for ::httpmock::MockServer {
        fn list_clients<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::ListClientsWhen, operations::ListClientsThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::ListClientsWhen::new(when),
                    operations::ListClientsThen::new(then),
                )
            })
        }

        fn update_client<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdateClientWhen, operations::UpdateClientThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::UpdateClientWhen::new(when),
                    operations::UpdateClientThen::new(then),
                )
            })
        }

        fn list_shared_client_numbers<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ListSharedClientNumbersWhen,
                operations::ListSharedClientNumbersThen,
            ),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::ListSharedClientNumbersWhen::new(when),
                    operations::ListSharedClientNumbersThen::new(then),
                )
            })
        }

        fn list_partner_change_requests<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ListPartnerChangeRequestsWhen,
                operations::ListPartnerChangeRequestsThen,
            ),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::ListPartnerChangeRequestsWhen::new(when),
                    operations::ListPartnerChangeRequestsThen::new(then),
                )
            })
        }

        fn approve_partner_change_request<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::ApprovePartnerChangeRequestWhen,
                operations::ApprovePartnerChangeRequestThen,
            ),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::ApprovePartnerChangeRequestWhen::new(when),
                    operations::ApprovePartnerChangeRequestThen::new(then),
                )
            })
        }

        fn get_partner<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::GetPartnerWhen, operations::GetPartnerThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::GetPartnerWhen::new(when),
                    operations::GetPartnerThen::new(then),
                )
            })
        }

        fn update_partner<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(operations::UpdatePartnerWhen, operations::UpdatePartnerThen),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::UpdatePartnerWhen::new(when),
                    operations::UpdatePartnerThen::new(then),
                )
            })
        }
    }
}
