//! Has the server rebuilt when the pages and examples that it embeds appear or change.

fn main() {
    for page in [
        "../openapi/examples",
        "../web-demo/dist/index.html",
        "../node_modules/swagger-ui-dist/package.json",
    ] {
        println!("cargo:rerun-if-changed={page}");
    }
}
