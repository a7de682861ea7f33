import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

//// PagingAndSortingRepository
Repository<Link> links = varve.repository(Link.class);
{
    for (int i = 0; i < 120; i++) {
        links.insert(new Link("2026-" + i, "Link " + i, i));
    }
}
//// Queries
@Schema(prefix = "links-by-title")
record ByTitle(@Key String title, @Required String slug) {}
Repository<ByTitle> byTitle = varve.repository(ByTitle.class);
//// @Version
@Schema(prefix = "pages", mode = Schema.Mode.MAP)
record Page(@Key String name, String text) {}
Repository<Page> pages = varve.repository(Page.class);
{
    pages.insert(new Page("start", "old"));
}
//// @Transactional
@Schema(prefix = "accounts")
record Account(@Key String owner, long balance) {
    Account plus(long amount) {
        return new Account(owner, balance + amount);
    }
}
Repository<Account> accounts = varve.repository(Account.class);
{
    accounts.insert(new Account("ann", 100));
    accounts.insert(new Account("ben", 100));
}
