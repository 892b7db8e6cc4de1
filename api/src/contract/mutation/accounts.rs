//! Signing in and out, access tokens, and what people call themselves.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::accounts::{Credential, profile, sessions, tokens};
use domain::entity::enums::Role;
use domain::error::{Error, UserErrorCode};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, into_graphql, outcome, visitor_outcome};
use crate::contract::ids::NodeType;
use crate::contract::scalars::{Date, EmailAddress};
use crate::contract::types::user::{AccessToken, User};

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Mails a sign-in link, which works once, within 15 minutes. The response is the same for every address; a new
    /// address becomes an account when its link is used.
    async fn request_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<RequestSignInPayload>> {
        let (address, user_errors) = visitor_outcome(ctx.visitor().sign_in_link(&email).await)?;
        Ok(Some(RequestSignInPayload { email: address.map(EmailAddress::from), user_errors }))
    }

    /// Signs in with the token of a sign-in mail, which works once, and starts a session of 30 days. A person who is
    /// banned is told so here.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<SignInPayload>> {
        let (done, user_errors) = visitor_outcome(ctx.visitor().sign_in(&token).await)?;
        let (session_token, user) = done.unzip();
        Ok(Some(SignInPayload { session_token, user: user.map(User::from), user_errors }))
    }

    /// Ends the session of the request's token.
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<Option<SignOutPayload>> {
        let viewer = ctx.require(Role::Reader)?;
        let signed_out = match viewer.credential {
            Credential::Session(id) => {
                sessions::end(&ctx.services().db, id).await.map_err(into_graphql)?;
                true
            }
            // An access token ends by revokeAccessToken.
            Credential::AccessToken(_) => false,
        };
        Ok(Some(SignOutPayload { signed_out, user_errors: Vec::new() }))
    }

    /// Creates an access token for programs. A person can have at most 50. A token that is created with an access token
    /// expires no later than that one, and is revoked with it.
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: CreateAccessTokenInput,
    ) -> Result<Option<CreateAccessTokenPayload>> {
        let viewer = ctx.require(Role::Reader)?;
        let expires_on = input.expires_on.map(|day| day.0);
        let (made, user_errors) =
            outcome(tokens::issue(ctx.services(), viewer, &input.name, expires_on).await)?;
        let (secret, row) = made.unzip();
        Ok(Some(CreateAccessTokenPayload { secret, access_token: row.map(AccessToken::from), user_errors }))
    }

    /// Revokes an access token of the viewer, and those that were created with it.
    async fn revoke_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the access token.")] id: ID,
    ) -> Result<Option<RevokeAccessTokenPayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let done = match NodeType::AccessToken.row(&id) {
            Some(row) => tokens::revoke(ctx.services(), user_id, row).await,
            None => Err(Error::user(UserErrorCode::NotFound, &["id"], "You have no such token.")),
        };
        let (done, user_errors) = outcome(done)?;
        Ok(Some(RevokeAccessTokenPayload { revoked_id: done.map(|()| id), user_errors }))
    }

    /// Changes the handle and display name of the viewer. Absent fields stay unchanged.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: UpdateProfileInput,
    ) -> Result<Option<UpdateProfilePayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let (handle, name) = (input.handle.as_deref(), input.display_name.as_deref());
        let (row, user_errors) = outcome(profile::update(ctx.services(), user_id, handle, name).await)?;
        Ok(Some(UpdateProfilePayload { user: row.map(User::from), user_errors }))
    }
}

/// The access token to create.
#[derive(Clone, Debug, InputObject)]
pub struct CreateAccessTokenInput {
    /// A name for the token, at most 100 characters.
    name: String,
    /// The last day (UTC) on which it is valid; it does not expire without one.
    expires_on: Option<Date>,
}

/// The names of the viewer.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateProfileInput {
    /// A unique name of 1 to 39 letters, digits, dashes or underscores. Handles that look alike are treated as the
    /// same, and official-sounding ones are reserved.
    handle: Option<String>,
    /// The display name, at most 100 characters.
    display_name: Option<String>,
}

/// The result of requestSignIn.
#[derive(SimpleObject)]
pub struct RequestSignInPayload {
    /// The normalized address.
    email: Option<EmailAddress>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of signIn.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// The token for the header Authorization: Bearer …. It is shown only once.
    session_token: Option<String>,
    /// The user who signed in.
    user: Option<User>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of signOut.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// False if the request has an access token, which must be revoked instead.
    signed_out: bool,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of createAccessToken.
#[derive(SimpleObject)]
pub struct CreateAccessTokenPayload {
    /// The token for the header Authorization: Bearer …. It is shown only once.
    secret: Option<String>,
    /// The token.
    access_token: Option<AccessToken>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of revokeAccessToken.
#[derive(SimpleObject)]
pub struct RevokeAccessTokenPayload {
    /// The identifier of the revoked token.
    revoked_id: Option<ID>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of updateProfile.
#[derive(SimpleObject)]
pub struct UpdateProfilePayload {
    /// The user after the change.
    user: Option<User>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
