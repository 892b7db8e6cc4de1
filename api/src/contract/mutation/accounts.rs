//! Signing in and out, access tokens, and what people call themselves.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::accounts::{Credential, profile, sessions, sign_in, tokens};
use domain::entity::enums::Role;
use domain::error::{Error, UserErrorCode};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, into_graphql, mail_outcome, outcome};
use crate::contract::ids::NodeType;
use crate::contract::scalars::{Date, EmailAddress};
use crate::contract::types::user::{AccessToken, User};

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Mails a sign-in link, which works once, for 15 minutes. Same answer for every address; one that is new becomes
    /// an account when its link is used.
    async fn request_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<RequestSignInPayload>> {
        let (address, user_errors) = mail_outcome(ctx.triggered_mail().sign_in_link(&email).await)?;
        Ok(Some(RequestSignInPayload { email: address.map(EmailAddress::from), user_errors }))
    }

    /// Uses the token of a sign-in mail, once: begins a session of 30 days. Who is banned hears so here.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<SignInPayload>> {
        ctx.count_guess()?;
        let (done, user_errors) =
            outcome(sign_in::sign_in(ctx.services(), &token, Some(ctx.client_network())).await)?;
        let (session_token, user) = done.unzip();
        Ok(Some(SignInPayload { session_token, user: user.map(User::from), user_errors }))
    }

    /// Ends the session whose token the request carries.
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

    /// Makes an access token for programs. At most 50. One that is made with an access token ends with it: no later, and
    /// when it is revoked.
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateAccessTokenInput,
    ) -> Result<Option<CreateAccessTokenPayload>> {
        let viewer = ctx.require(Role::Reader)?;
        let expires_on = input.expires_on.map(|day| day.0);
        let (made, user_errors) =
            outcome(tokens::issue(ctx.services(), viewer, &input.name, expires_on).await)?;
        let (secret, row) = made.unzip();
        Ok(Some(CreateAccessTokenPayload { secret, access_token: row.map(AccessToken::from), user_errors }))
    }

    /// Revokes an access token of one's own, and those that were made with it.
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

    /// Changes what one is called; what is absent stays.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: UpdateProfileInput,
    ) -> Result<Option<UpdateProfilePayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let (handle, name) = (input.handle.as_deref(), input.display_name.as_deref());
        let (row, user_errors) = outcome(profile::update(ctx.services(), user_id, handle, name).await)?;
        Ok(Some(UpdateProfilePayload { user: row.map(User::from), user_errors }))
    }
}

/// An access token to be made.
#[derive(Clone, Debug, InputObject)]
pub struct CreateAccessTokenInput {
    /// What its owner calls it, at most 100 characters.
    name: String,
    /// The last day (UTC) on which it works; without one it has no end.
    expires_on: Option<Date>,
}

/// What one is called.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateProfileInput {
    /// Unique; 1 to 39 letters, digits, dashes and underscores. Handles that look alike are one, and those that speak for
    /// the service are reserved.
    handle: Option<String>,
    /// The name as shown, at most 100 characters.
    display_name: Option<String>,
}

/// The answer to requestSignIn.
#[derive(SimpleObject)]
pub struct RequestSignInPayload {
    /// The address as it was understood.
    email: Option<EmailAddress>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to signIn.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// What requests carry as Authorization: Bearer …; shown this once.
    session_token: Option<String>,
    /// Who signed in.
    user: Option<User>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to signOut.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// False where the request carries an access token, which is revoked instead.
    signed_out: bool,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to createAccessToken.
#[derive(SimpleObject)]
pub struct CreateAccessTokenPayload {
    /// What requests carry as Authorization: Bearer …; shown this once.
    secret: Option<String>,
    /// The token.
    access_token: Option<AccessToken>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to revokeAccessToken.
#[derive(SimpleObject)]
pub struct RevokeAccessTokenPayload {
    /// The identifier of what was revoked.
    revoked_id: Option<ID>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to updateProfile.
#[derive(SimpleObject)]
pub struct UpdateProfilePayload {
    /// The person as they now are.
    user: Option<User>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}
