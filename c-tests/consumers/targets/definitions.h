/* What libuv's targets were given reaches those who use them, and the rest does not. */
#if !defined(FOR_USERS) || defined(NOT_FOR_USERS) || defined(FOLDER_IS_LOST)
# error "the targets' settings were lost"
#endif
#ifdef BUILDING_UV_SHARED
# error "what is for building libuv has reached a user of it"
#endif
