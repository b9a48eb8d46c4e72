#include "tools/orderctl/item_commands.h"

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/order_view.h"
#include "tools/orderctl/page_options.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::Item;

std::unique_ptr<InventoryService::Stub> Stub(const Session& session) {
  return InventoryService::NewStub(session.Connect(session.addresses().inventory));
}

std::string ItemsText(const inventory::v1::ListItemsResponse& page, const Terminal& terminal) {
  Table table({"SKU", "NAME", "PRICE", "ON HAND", "RESERVED", "AVAILABLE"});
  for (const Item& item : page.items()) {
    table.AddRow({item.sku(), item.name(), MoneyText(item.unit_price()),
                  std::to_string(item.on_hand()), std::to_string(item.reserved()),
                  std::to_string(item.available())});
  }
  return table.Render(terminal, "no items") + NextPageText(page.next_page_token());
}

ExitCode ShowItem(const Session& session, const absl::StatusOr<Item>& item) {
  if (!item.ok()) {
    return session.Fail(item.status());
  }
  return session.Show(*item, [&] {
    inventory::v1::ListItemsResponse page;
    *page.add_items() = *item;
    return ItemsText(page, session.terminal());
  });
}

struct UpsertArguments {
  std::string sku;
  std::string name;
  std::string price;
  std::string currency = "EUR";
};

ExitCode Upsert(const Session& session, const UpsertArguments& arguments) {
  const absl::StatusOr<int64_t> price = ParsePrice(arguments.price, arguments.currency);
  if (!price.ok()) {
    session.Fail(price.status());
    return kExitUsage;
  }
  inventory::v1::UpsertItemRequest request;
  request.set_sku(arguments.sku);
  request.set_name(arguments.name.empty() ? arguments.sku : arguments.name);
  request.mutable_unit_price()->set_currency_code(arguments.currency);
  request.mutable_unit_price()->set_amount_minor(*price);
  return ShowItem(session, Call(*Stub(session), &InventoryService::Stub::UpsertItem, request,
                                session.timeout()));
}

void AddUpsert(CLI::App& group, Session& session) {
  auto arguments = std::make_shared<UpsertArguments>();
  CLI::App* command =
      group.add_subcommand("upsert", "Create an item without stock, or change its name and price");
  command->add_option("SKU", arguments->sku)->required();
  command->add_option("--name", arguments->name, "Name for people; default: the SKU");
  command->add_option("--price", arguments->price, "Price of one piece, for example 12.34")
      ->required();
  command->add_option("--currency", arguments->currency, "ISO 4217 code")->capture_default_str();
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return Upsert(session, *arguments); });
  });
}

void AddGet(CLI::App& group, Session& session) {
  auto request = std::make_shared<inventory::v1::GetItemRequest>();
  CLI::App* command = group.add_subcommand("get", "Show one item");
  command
      ->add_option_function<std::string>(
          "SKU", [request](const std::string& sku) { request->set_sku(sku); })
      ->required();
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      return ShowItem(session, Call(*Stub(session), &InventoryService::Stub::GetItem, *request,
                                    session.timeout()));
    });
  });
}

void AddList(CLI::App& group, Session& session) {
  auto request = std::make_shared<inventory::v1::ListItemsRequest>();
  CLI::App* command = group.add_subcommand("list", "List items by SKU");
  AddPageOptions(*command, request);
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      const auto page =
          Call(*Stub(session), &InventoryService::Stub::ListItems, *request, session.timeout());
      if (!page.ok()) {
        return session.Fail(page.status());
      }
      return session.Show(*page, [&] { return ItemsText(*page, session.terminal()); });
    });
  });
}

void AddAdjust(CLI::App& group, Session& session) {
  auto request = std::make_shared<inventory::v1::AdjustStockRequest>();
  request->set_reason("adjusted with orderctl");
  CLI::App* command = group.add_subcommand("adjust", "Add pieces to the stock, or take some away");
  command
      ->add_option_function<std::string>(
          "SKU", [request](const std::string& sku) { request->set_sku(sku); })
      ->required();
  command
      ->add_option_function<int64_t>(
          "--delta", [request](int64_t delta) { request->set_delta(delta); },
          "Pieces to add, or to take when negative")
      ->required();
  command->add_option_function<std::string>(
      "--reason", [request](const std::string& reason) { request->set_reason(reason); },
      "Why, for the records");
  command->add_option_function<std::string>(
      "--request-id", [request](const std::string& id) { request->set_request_id(id); },
      "UUID of this request; give it to repeat an attempt safely");
  command->callback([&session, request] {
    session.SetAction([&session, request] {
      if (request->request_id().empty()) {
        request->set_request_id(NewId());
      }
      const auto item =
          Call(*Stub(session), &InventoryService::Stub::AdjustStock, *request, session.timeout());
      return item.ok() ? ShowItem(session, item)
                       : session.Fail(item.status(), request->request_id());
    });
  });
}

}  // namespace

void AddItemCommands(CLI::App& app, Session& session) {
  CLI::App* item = app.add_subcommand("item", "The catalogue");
  item->require_subcommand(1);
  AddUpsert(*item, session);
  AddGet(*item, session);
  AddList(*item, session);
  CLI::App* stock = app.add_subcommand("stock", "Stock on hand");
  stock->require_subcommand(1);
  AddAdjust(*stock, session);
}

}  // namespace orderflow::orderctl
